//! What can go wrong between this process and Redis.

use protocol::MatchKey;

/// Why Redis did not do what was asked. Nothing here holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// A setting that cannot be used.
    #[error("{setting} {problem}; for example: {example}")]
    Setting {
        /// Which field of [`crate::ClusterConfig`].
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        example: &'static str,
    },
    /// No node answered at the start.
    #[error("no node of the Redis Cluster answers, tried {nodes}: {problem}")]
    Unreachable {
        /// The addresses tried, separated by commas.
        nodes: String,
        /// What the last one said.
        problem: String,
    },
    /// A node does not answer, or not in time. What was asked may have been done all the same.
    #[error("the Redis node {node} does not answer: {problem}")]
    Down {
        /// HOST:PORT.
        node: String,
        /// What happened.
        problem: String,
    },
    /// A node answered with an error.
    #[error("the Redis node {node} refuses: {problem}")]
    Refused {
        /// HOST:PORT.
        node: String,
        /// Its words.
        problem: String,
    },
    /// No node serves this part of the keys: the cluster is incomplete.
    #[error("no Redis node serves hash slot {slot}: the cluster is incomplete")]
    Unserved {
        /// 0 to 16383.
        slot: u16,
    },
    /// It is written, but on fewer replicas than asked for.
    #[error("{got} replicas of the Redis node {node} have the record instead of {wanted} (AURELIUS_REDIS_REPLICAS)")]
    Replicas {
        /// HOST:PORT of the master.
        node: String,
        /// How many were asked for.
        wanted: u32,
        /// How many answered in time.
        got: u32,
    },
    /// Somebody else owns the match now. Nothing was written.
    #[error("match {match_key} has a later owner: the token is {token} and the match's is {fence}")]
    Fenced {
        /// Which match.
        match_key: MatchKey,
        /// Whose write was refused.
        token: u64,
        /// Of the present owner.
        fence: u64,
    },
    /// What stands in place of the match's fence is no token: something else than this crate wrote it.
    /// Nothing was written; the next renewal of the lease, or its next acquisition, puts the fence right.
    #[error(
        "the fence of match {match_key} in Redis is {value:?}, which is no token that was ever given: it must be a whole number \
         not far above the match's last token; renewing or acquiring the lease puts it right"
    )]
    Unsound {
        /// Which match.
        match_key: MatchKey,
        /// The beginning of what stands there.
        value: String,
    },
    /// An answer or a stored value that is not as it should be.
    #[error("{what} in Redis is not readable: {problem}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl ClusterError {
    /// Whether trying again later may help: everything but a wrong setting, a later owner and an unreadable
    /// value.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Setting { .. } | Self::Fenced { .. } | Self::Malformed { .. } => false,
            Self::Unreachable { .. }
            | Self::Down { .. }
            | Self::Refused { .. }
            | Self::Unserved { .. }
            | Self::Unsound { .. }
            | Self::Replicas { .. } => true,
        }
    }

    pub(crate) fn unsound(match_key: &MatchKey, value: String) -> Self {
        Self::Unsound {
            match_key: *match_key,
            value,
        }
    }

    /// A stored value, or an answer, that is not as it should be. For whoever keeps values of its own in the
    /// cluster, too.
    pub fn malformed(what: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Malformed {
            what: what.into(),
            problem: problem.to_string(),
        }
    }
}
