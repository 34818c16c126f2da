//! One node: its address and the connections that all calls to it share.
//!
//! One connection is for all calls that are answered at once. Calls that wait for replicas have a few of
//! their own, because a node does nothing else for a connection that waits: leases must not run out behind a
//! slow replica.
//!
//! Invariant: a call ends within the time to connect and the time to answer; a node that was just found to be
//! away is not waited for again by everybody. A connection that timed out once is given up: whatever hangs
//! there, hangs.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, Pipeline,
    RedisConnectionInfo, RedisError, RedisResult, Value,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::ClusterError;

/// How long a node that could not be reached is not tried again.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// Connections for calls that wait for replicas: so many wait at the same time.
const WAITING_LINES: usize = 8;

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

/// What a call does to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is answered at once.
    Brief,
    /// It holds up what comes after it on the same connection.
    Waits,
}

pub(crate) struct Node {
    pub(crate) address: Address,
    dial: Dial,
    brief: Mutex<Line>,
    waiting: [Mutex<Line>; WAITING_LINES],
    next_waiting: AtomicUsize,
}

/// A connection, made when it is needed.
#[derive(Default)]
struct Line {
    connection: Option<MultiplexedConnection>,
    /// Of `connection`, so that who finds an old one broken does not hang up a new one.
    number: u64,
    /// Until when connecting is not tried again, and why.
    broken: Option<(Instant, String)>,
    /// It was said that the node is away.
    away: bool,
}

impl Node {
    pub(crate) fn new(address: Address, dial: Dial) -> Self {
        Self {
            address,
            dial,
            brief: Mutex::default(),
            waiting: Default::default(),
            next_waiting: AtomicUsize::new(0),
        }
    }

    /// Sends the commands and waits for the answers to all of them; errors of the server are among the
    /// values.
    pub(crate) async fn send(
        &self,
        pipeline: &Pipeline,
        commands: usize,
        how: Use,
    ) -> Result<Vec<Value>, Silence> {
        let line = match how {
            Use::Brief => &self.brief,
            Use::Waits => &self.waiting[self.next_waiting.fetch_add(1, Ordering::Relaxed) % WAITING_LINES],
        };
        let (mut connection, number) = self.connection(line).await?;
        match connection.send_packed_commands(pipeline, 0, commands).await {
            Ok(values) if values.len() == commands => Ok(values),
            Ok(values) => {
                let problem = format!("{} answers to {commands} commands", values.len());
                self.hang_up(line, number, &problem).await;
                Err(Silence {
                    error: self.down(problem),
                    dropped: false,
                })
            }
            Err(error) => {
                let problem = self.words(&error);
                self.hang_up(line, number, &problem).await;
                Err(Silence {
                    dropped: error.is_connection_dropped() && !error.is_timeout(),
                    error: self.down(problem),
                })
            }
        }
    }

    async fn connection(&self, line: &Mutex<Line>) -> Result<(MultiplexedConnection, u64), Silence> {
        let mut line = line.lock().await;
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
                if std::mem::take(&mut line.away) {
                    tracing::info!(node = %self.address, "a Redis node is back");
                }
                Ok((connection, line.number))
            }
            Err(error) => {
                let problem = self.words(&error);
                line.broken = Some((Instant::now() + RETRY_AFTER, problem.clone()));
                self.say_away(&mut line, &problem);
                Err(silence(problem))
            }
        }
    }

    async fn hang_up(&self, line: &Mutex<Line>, number: u64, problem: &str) {
        let mut line = line.lock().await;
        if line.number == number {
            line.connection = None;
            self.say_away(&mut line, problem);
        }
    }

    /// Once, until it is back.
    fn say_away(&self, line: &mut Line, problem: &str) {
        if !std::mem::replace(&mut line.away, true) {
            tracing::warn!(node = %self.address, problem, "a Redis node does not answer");
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
