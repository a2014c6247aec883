//! Large blocks begin on cache lines, also after growing and shrinking, keep their contents, and are counted.
//!
//! The allocator is this program's own, and this its only test. The test runner's thread may still be at work when it
//! begins, so the minimum of a few counts is the test's.
use std::collections::BTreeSet;

use vae_kernels::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

fn is_on_line(values: &[u8]) -> bool {
    values.as_ptr().addr().is_multiple_of(64)
}

#[test]
fn large_blocks_begin_on_cache_lines() {
    let requests = (0..5).map(|_| {
        let before = ALLOCATOR.requests();
        let zeros: Vec<_> = (0..20).map(|i| vec![0u8; 4096 + 1000 * i]).collect();
        let requests = ALLOCATOR.requests() - before;
        assert!(zeros.iter().all(|zeros| is_on_line(zeros) && zeros.iter().all(|&x| x == 0)));
        requests
    });
    assert_eq!(requests.min(), Some(21), "the blocks, and what holds them");

    // From small to large and back, past the size from which on blocks are aligned.
    let mut grown: Vec<u8> = Vec::with_capacity(10);
    for i in 0..100_000u32 {
        grown.push(i as u8);
        assert!(grown.capacity() < 4096 || is_on_line(&grown));
    }
    grown.truncate(5000);
    grown.shrink_to_fit();
    assert!(is_on_line(&grown));
    // Many sizes, so that the system's blocks begin at every possible offset from a line.
    let mut many: Vec<Vec<u8>> = (0..200).map(|i| (0..4096 + 16 * i).map(|x| x as u8).collect()).collect();
    for round in 0..20 {
        for (i, block) in many.iter_mut().enumerate() {
            block.resize(4096 + (i * 1237 + round * 4099) % 30_000, 0);
            block.shrink_to_fit();
            assert!(is_on_line(block) && block.iter().take(4096).enumerate().all(|(x, &byte)| byte == x as u8));
        }
    }
    grown.truncate(100);
    grown.shrink_to_fit();
    assert!(grown.iter().enumerate().all(|(i, &x)| x == i as u8));

    // The largest blocks differ in their page offsets, also after growing and shrinking.
    let mut largest: Vec<Vec<u8>> = (0..8).map(|i| vec![i; 1 << 18]).collect();
    let places = |blocks: &[Vec<u8>]| blocks.iter().map(|block| block.as_ptr().addr() % 4096).collect::<BTreeSet<_>>();
    assert_eq!(places(&largest).len(), largest.len());
    for size in [1 << 20, 300_000, 1 << 18, 5000, 1 << 19] {
        for (i, block) in largest.iter_mut().enumerate() {
            block.resize(size, i as u8);
            block.shrink_to_fit();
            assert!(is_on_line(block) && block.iter().all(|&x| x == i as u8));
        }
    }
    assert!(places(&largest).len() > 4);
}
