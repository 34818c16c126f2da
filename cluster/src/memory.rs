//! What relays remember for each other: what belongs to a resume token.

use std::time::Duration;

use crate::call::Call;
use crate::error::ClusterError;
use crate::handle::Cluster;

/// Larger values are refused: a session is small.
const VALUE_MAX: usize = 64 << 10;

impl Cluster {
    /// Keeps a value of at most 64 KiB under a token for some time, instead of what was kept under it.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn remember(&self, token: &[u8; 32], value: &[u8], life: Duration) -> Result<(), ClusterError> {
        if value.len() > VALUE_MAX {
            return Err(ClusterError::malformed(
                "a value to remember",
                format!("{} bytes, more than {VALUE_MAX}", value.len()),
            ));
        }
        let call = Call::command("SET")
            .key(self.keys.token(token))
            .arg(value.to_vec())
            .arg("PX")
            .number(
                u64::try_from(life.as_millis())
                    .unwrap_or(u64::MAX)
                    .clamp(1, 1 << 40),
            );
        self.link.call::<()>(call).await
    }

    /// What was kept under a token, if its time is not over.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn recall(&self, token: &[u8; 32]) -> Result<Option<Vec<u8>>, ClusterError> {
        self.link
            .call(Call::command("GET").key(self.keys.token(token)))
            .await
    }
}
