//! How far this process is with making matches.

/// Wait after a match could not be made.
const HOLD_MS: i64 = 10_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    UnderWay,
    /// Not before, in milliseconds of the clock that never jumps.
    Held {
        until_ms: i64,
    },
}

/// How far this process is with making matches.
#[derive(Debug)]
pub(crate) struct Making {
    /// Matches made by this process, unfinished ones it took up included.
    pub(crate) made: u64,
    state: State,
}

impl Making {
    pub(crate) fn new(made: u64) -> Self {
        Self {
            made,
            state: State::Idle,
        }
    }

    /// A match was made, or another crank makes it.
    pub(super) fn end(&mut self) {
        self.state = State::Idle;
    }

    /// Waits a while before the next try.
    pub(crate) fn hold(&mut self, now_ms: i64) {
        self.state = State::Held {
            until_ms: now_ms + HOLD_MS,
        };
    }

    pub(super) fn begin(&mut self) {
        self.state = State::UnderWay;
    }

    pub(super) fn may_begin(&self, now_ms: i64) -> bool {
        match self.state {
            State::Idle => true,
            State::UnderWay => false,
            State::Held { until_ms } => now_ms >= until_ms,
        }
    }
}
