//! One node: its address and the one connection that all calls to it share.
//!
//! Invariant: a call ends within the time to connect and the time to answer; a node that was just found to be away is not
//! waited for again by everybody. A connection that timed out once is given up: whatever hangs there, hangs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, Pipeline,
    RedisConnectionInfo, RedisError, RedisResult, Value,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ClusterError;

/// How long a node that could not be reached is not tried again.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// Where a node listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// How to connect, the same for all nodes.
#[derive(Clone)]
pub(crate) struct Dial {
    pub(crate) login: RedisConnectionInfo,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
}

impl Dial {
    pub(crate) async fn connect(
        &self,
        address: &Address,
        pushes: Option<Arc<dyn AsyncPushSender>>,
    ) -> RedisResult<MultiplexedConnection> {
        let info: ConnectionInfo =
            ConnectionAddr::Tcp(address.host.to_string(), address.port).into_connection_info()?;
        let client = Client::open(info.set_redis_settings(self.login.clone()))?;
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.response_timeout));
        if let Some(pushes) = pushes {
            config = config.set_push_sender(pushes);
        }
        client.get_multiplexed_async_connection_with_config(&config).await
    }
}

/// Why a node gave no answer.
#[derive(Debug)]
pub(crate) struct Silence {
    pub(crate) error: ClusterError,
    /// The connection had ended by itself, as after a restart of the node: worth another try at once.
    pub(crate) dropped: bool,
}

pub(crate) struct Node {
    pub(crate) address: Address,
    dial: Dial,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    connection: Option<MultiplexedConnection>,
    /// Of `connection`, so that who finds an old one broken does not hang up a new one.
    number: u64,
    broken: Option<(Instant, String)>,
}

impl Node {
    pub(crate) fn new(address: Address, dial: Dial) -> Self {
        Self {
            address,
            dial,
            line: Mutex::default(),
        }
    }

    /// Sends the commands and waits for the answers to all of them; errors of the server are among the values.
    pub(crate) async fn send(&self, pipeline: &Pipeline, commands: usize) -> Result<Vec<Value>, Silence> {
        let (mut connection, number) = self.connection().await?;
        match connection.send_packed_commands(pipeline, 0, commands).await {
            Ok(values) if values.len() == commands => Ok(values),
            Ok(values) => {
                self.hang_up(number).await;
                Err(Silence {
                    error: self.down(format!("{} answers to {commands} commands", values.len())),
                    dropped: false,
                })
            }
            Err(error) => {
                self.hang_up(number).await;
                Err(Silence {
                    dropped: error.is_connection_dropped() && !error.is_timeout(),
                    error: self.down(self.words(&error)),
                })
            }
        }
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, u64), Silence> {
        let mut line = self.line.lock().await;
        if let Some(connection) = &line.connection {
            return Ok((connection.clone(), line.number));
        }
        let silence = |problem| Silence {
            error: self.down(problem),
            dropped: false,
        };
        if let Some((until, problem)) = &line.broken {
            if Instant::now() < *until {
                return Err(silence(problem.clone()));
            }
        }
        match self.dial.connect(&self.address, None).await {
            Ok(connection) => {
                line.connection = Some(connection.clone());
                line.number += 1;
                line.broken = None;
                Ok((connection, line.number))
            }
            Err(error) => {
                let problem = self.words(&error);
                line.broken = Some((Instant::now() + RETRY_AFTER, problem.clone()));
                Err(silence(problem))
            }
        }
    }

    async fn hang_up(&self, number: u64) {
        let mut line = self.line.lock().await;
        if line.number == number {
            line.connection = None;
        }
    }

    fn words(&self, error: &RedisError) -> String {
        if error.is_timeout() {
            format!(
                "no answer within {} ms, or no connection within {} ms",
                self.dial.response_timeout.as_millis(),
                self.dial.connect_timeout.as_millis()
            )
        } else {
            error.to_string()
        }
    }

    pub(crate) fn down(&self, problem: String) -> ClusterError {
        ClusterError::Down {
            node: self.address.to_string(),
            problem,
        }
    }

    pub(crate) fn refused(&self, problem: impl fmt::Display) -> ClusterError {
        ClusterError::Refused {
            node: self.address.to_string(),
            problem: problem.to_string(),
        }
    }
}
