//! Adam (Kingma and Ba 2015, algorithm 1) on the spot: the gradient of a weight goes from the register that summed it
//! into the weight's moments, and is never stored.
use crate::lanes::LANES;
use crate::simd::Interleaved;
use crate::simd::Simd;
use crate::tile::MAX_FLOATS;

/// The constants of one update, bias corrections included:
///
/// ```text
/// m ← m + (1 − β₁)(g − m)      v ← β₂·v + (1 − β₂)·g²      θ ← keep · θ − size · m / (√v · inverse_root + ε)
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// 1 − β₁
    pub mean_weight: f32,
    /// β₂
    pub decay: f32,
    /// 1 − β₂
    pub square_weight: f32,
    /// η/(1 − β₁ᵗ)
    pub size: f32,
    /// 1/√(1 − β₂ᵗ)
    pub inverse_root: f32,
    /// ε
    pub epsilon: f32,
    /// 1 − η·λ, the factor of θ under weight decay λ: exactly 1 without it.
    pub keep: f32,
}

impl Adam {
    /// Constants of update `t` (from 1) with the decoupled weight decay λ; the corrections are computed in f64, because
    /// β₂ᵗ is close to 1 for thousands of steps.
    pub fn new(learning_rate: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64, t: u64) -> Self {
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        Self {
            mean_weight: (1.0 - beta1) as f32,
            decay: beta2 as f32,
            square_weight: (1.0 - beta2) as f32,
            size: (learning_rate / correction(beta1)) as f32,
            inverse_root: correction(beta2).sqrt().recip() as f32,
            epsilon: epsilon as f32,
            keep: (1.0 - learning_rate * weight_decay) as f32,
        }
    }
}

/// θ and both moments, each thread writing its own part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamState {
    pub(crate) theta: *mut f32,
    pub(crate) m: *mut f32,
    pub(crate) v: *mut f32,
}

impl AdamState {
    /// Prefetches the numbers from `at` on for their update. Any offset is allowed.
    ///
    /// # Safety
    /// The CPU must offer the level.
    #[inline(always)]
    pub(crate) unsafe fn will_change<S: Simd>(self, at: usize) {
        for start in [self.theta, self.m, self.v] {
            // SAFETY: guaranteed by the caller; nothing is read.
            unsafe { S::will_change(start.wrapping_add(at)) };
        }
    }

    /// Updates `g.len()` numbers from `at` on, at most 16.
    ///
    /// # Safety
    /// They must exist, and no other thread may use them meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn update<S: Simd>(self, adam: Adam, at: usize, g: &[f32]) {
        let Self { theta, m, v } = self;
        // SAFETY: guaranteed by the caller. Fewer than 16 numbers are updated in a copy that has room for 16.
        unsafe {
            let [theta, m, v] = [theta, m, v].map(|start| start.add(at));
            if g.len() == LANES {
                return adam.update::<S>(g.as_ptr(), theta, m, v);
            }
            let mut copies = [[0.0; LANES]; 4];
            for (copy, from) in copies.iter_mut().zip([g.as_ptr(), theta, m, v]) {
                copy[..g.len()].copy_from_slice(std::slice::from_raw_parts(from, g.len()));
            }
            let [g_copy, theta_copy, m_copy, v_copy] = &mut copies;
            adam.update::<S>(g_copy.as_ptr(), theta_copy.as_mut_ptr(), m_copy.as_mut_ptr(), v_copy.as_mut_ptr());
            for (copy, to) in copies[1..].iter().zip([theta, m, v]) {
                std::slice::from_raw_parts_mut(to, g.len()).copy_from_slice(&copy[..g.len()]);
            }
        }
    }
}

/// The updates of a tile's weights, deferred until the next tile is summed.
pub(crate) struct Pending {
    state: AdamState,
    adam: Adam,
    /// The gradients, and the offset in θ of each 16 of them.
    gradients: [[f32; LANES]; MAX_FLOATS / LANES],
    places: [usize; MAX_FLOATS / LANES],
    count: usize,
    done: usize,
}

impl Pending {
    /// Creates an empty queue.
    pub(crate) fn new(state: AdamState, adam: Adam) -> Self {
        let gradients = [[0.0; LANES]; MAX_FLOATS / LANES];
        Self { state, adam, gradients, places: [0; MAX_FLOATS / LANES], count: 0, done: 0 }
    }

    /// Defers an update.
    ///
    /// # Safety
    /// There must be room: fewer updates than a tile's may be pending.
    #[inline(always)]
    pub(crate) unsafe fn push(&mut self, at: usize, gradient: [f32; LANES]) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            *self.gradients.get_unchecked_mut(self.count) = gradient;
            *self.places.get_unchecked_mut(self.count) = at;
        }
        self.count += 1;
    }

    /// Does all pending updates.
    ///
    /// # Safety
    /// As for [`AdamState::update`].
    #[inline(always)]
    pub(crate) unsafe fn finish<S: Simd>(&mut self) {
        while self.left() > 0 {
            // SAFETY: guaranteed by the caller.
            unsafe { self.advance::<S>() };
        }
        (self.count, self.done) = (0, 0);
    }
}

impl Interleaved for Pending {
    #[inline(always)]
    fn left(&self) -> usize {
        self.count - self.done
    }

    #[inline(always)]
    unsafe fn advance<S: Simd>(&mut self) {
        if self.done < self.count {
            let AdamState { theta, m, v } = self.state;
            // SAFETY: guaranteed by the caller.
            unsafe {
                let at = *self.places.get_unchecked(self.done);
                let g = self.gradients.get_unchecked(self.done).as_ptr();
                self.adam.update::<S>(g, theta.add(at), m.add(at), v.add(at));
            }
            self.done += 1;
        }
    }
}

impl Adam {
    /// Updates 16 numbers.
    ///
    /// # Safety
    /// All four pointers must be valid for 16 floats.
    #[inline(always)]
    unsafe fn update<S: Simd>(self, g: *const f32, theta: *mut f32, m: *mut f32, v: *mut f32) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            for at in (0..LANES).step_by(LANES / S::REGISTERS) {
                let g = S::load(g.add(at));
                let theta = theta.add(at);
                let m = m.add(at);
                let v = v.add(at);
                let m_old = S::load(m);
                let m_new = S::fma(S::splat(self.mean_weight), S::sub(g, m_old), m_old);
                let v_kept = S::mul(S::splat(self.decay), S::load(v));
                let v_new = S::fma(S::mul(S::splat(self.square_weight), g), g, v_kept);
                let root = S::fma(S::sqrt(v_new), S::splat(self.inverse_root), S::splat(self.epsilon));
                let change = S::div(S::mul(S::splat(self.size), m_new), root);
                S::store(m, m_new);
                S::store(v, v_new);
                S::store(theta, S::sub(S::mul(S::splat(self.keep), S::load(theta)), change));
            }
        }
    }
}
