//! How far verification has come.

/// How far verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Checkpoints recomputed.
    Checkpoints {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
    /// Input signatures checked.
    Signatures {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
}
