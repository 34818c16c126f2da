//! The cranks that share a Redis Cluster, as they say of themselves.

use std::time::Duration;

use anyhow::Result;
use cluster::{Cluster, Presence};
use serde_json::{json, Value};

use crate::commands::escrow::field;
use crate::failure::one_line;
use crate::redis_hosts::RedisArgs;
use crate::terminal::plural;

/// How long Redis has to answer. A status without it is better than none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is there, when a Redis Cluster was named.
pub(super) enum Around {
    /// None was named.
    Alone,
    /// By name.
    Cranks(Vec<Presence>),
    /// It does not tell: why.
    Silent(String),
}

impl Around {
    /// Asks. Errors only when the setting is wrong.
    pub(super) async fn ask(redis: &RedisArgs) -> Result<Around> {
        let Some(config) = redis.resolve()? else {
            return Ok(Around::Alone);
        };
        let asking = async { Cluster::connect(config).await?.cranks().await };
        Ok(match tokio::time::timeout(PATIENCE, asking).await {
            Ok(Ok(cranks)) => Around::Cranks(cranks),
            Ok(Err(error)) => Around::Silent(one_line(&error.into())),
            Err(_) => Around::Silent(format!("no answer within {} s", PATIENCE.as_secs())),
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Around::Cranks(cranks) = self else {
            return Vec::new();
        };
        let mut lines = vec![plural(cranks.len(), "crank")];
        lines.extend(cranks.iter().map(|crank| {
            let draining = if crank.draining { ", draining" } else { "" };
            field(
                &crank.name,
                format!(
                    "{} of {}{draining}",
                    plural(crank.matches as usize, "match"),
                    crank.capacity
                ),
            )
        }));
        lines.push(String::new());
        lines
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        match self {
            Around::Cranks(cranks) if cranks.is_empty() => {
                vec!["no crank is there: live matches stand still".to_owned()]
            }
            Around::Silent(why) => vec![format!(
                "the Redis Cluster does not tell which cranks there are: {why}"
            )],
            Around::Alone | Around::Cranks(_) => Vec::new(),
        }
    }

    /// Null when it is not known.
    pub(super) fn as_json(&self) -> Value {
        let Around::Cranks(cranks) = self else {
            return Value::Null;
        };
        cranks
            .iter()
            .map(|crank| {
                json!({
                    "name": crank.name,
                    "matches": crank.matches,
                    "capacity": crank.capacity,
                    "draining": crank.draining,
                })
            })
            .collect()
    }
}
