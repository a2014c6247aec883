//! "Did you mean …": the candidate that is nearest to a mistyped word.

/// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant: at most one edit in
/// three letters. Case, `-` and `_` do not count. The first of equally near ones.
///
/// ```
/// assert_eq!(vae_core::base::suggest::nearest("latent_dims", ["beta", "latentDim"]), Some("latentDim"));
/// assert_eq!(vae_core::base::suggest::nearest("colour", ["beta", "latentDim"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = letters(word);
    let near = |candidate: &'a str| {
        let other = letters(candidate);
        let distance = distance(&word, &other);
        (distance * 3 <= word.len().max(other.len())).then_some((distance, candidate))
    };
    // min_by_key keeps the first of equals.
    candidates.into_iter().filter_map(near).min_by_key(|&(distance, _)| distance).map(|(_, candidate)| candidate)
}

/// The letters that count. A very long word is nobody's typing error; its first 64 letters tell that.
fn letters(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).take(64).collect()
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one word the other
/// (Damerau's distance with each letter moved at most once).
fn distance(a: &[char], b: &[char]) -> usize {
    // Rows of the table d(i, j) over the first i letters of a and j of b: two back, one back, current.
    let (mut before, mut above) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(a: &str, b: &str) -> usize {
        distance(&letters(a), &letters(b))
    }

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(between("", "abc"), 3);
        assert_eq!(between("beta", "beta"), 0);
        assert_eq!(between("btea", "beta"), 1);
        assert_eq!(between("kitten", "sitting"), 3);
    }

    #[test]
    fn nearest_forgives_spelling_but_not_another_word() {
        assert_eq!(nearest("hiden-dims", ["hiddenDims", "latentDim"]), Some("hiddenDims"));
        assert_eq!(nearest("mnits", ["mnist", "kmnist"]), Some("mnist"));
        assert_eq!(nearest("xy", ["mnist"]), None);
        assert_eq!(nearest("", ["a"]), None);
    }
}
