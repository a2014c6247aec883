//! "Did you mean …": the candidate nearest to a mistyped word.

/// The candidate nearest to `word` by edit distance, if it is at most one edit in three letters away. Ignores case, `-`
/// and `_`; returns the first of equally near candidates.
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

/// The compared letters, at most 64: a longer word is no typing error.
fn letters(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).take(64).collect()
}

/// Number of letters to insert, remove, replace or swap with their neighbour to turn one word into the other (Damerau's
/// distance with each letter moved at most once).
fn distance(a: &[char], b: &[char]) -> usize {
    // Rows of the table d(i, j) over the first i letters of a and j of b: two back, one back, current.
    let mut before = Vec::new();
    let mut above = (0..=b.len()).collect::<Vec<usize>>();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut best = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
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
