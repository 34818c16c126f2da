//! Which Redis Cluster cranks and relays share, from flags and the numbered variables.
//!
//! A password is never printed: what holds one is a text until the command runs, and errors do not repeat it.

use clap::Args;
use cluster::{ClusterConfig, ClusterError};
use reqwest::Url;

use crate::failure::ConfigError;

/// Of the variables `REDIS_HOST_1` to this.
const HOSTS_MAX: u32 = 64;
const EXAMPLE: &str = "REDIS_HOST_1=10.0.0.1:6379";

/// Where the Redis Cluster is that several cranks and relays share.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Redis")]
pub struct RedisArgs {
    /// Node of the Redis Cluster that cranks and relays share, as HOST, HOST:PORT or redis://[[USER]:PASSWORD@]HOST:PORT; repeat or separate with commas, one that answers is enough [default: REDIS_HOST_1, REDIS_HOST_2, …; without any, one process serves alone]
    #[arg(
        long,
        value_name = "HOST",
        value_delimiter = ',',
        hide_env_values = true,
        hide_default_value = true
    )]
    pub redis: Vec<String>,
    /// Password of the Redis nodes, unless their addresses hold one
    #[arg(long, env = "REDIS_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub redis_password: Option<String>,
    /// What all keys in Redis begin with, the same for all that work together
    #[arg(
        long,
        env = "AURELIUS_REDIS_PREFIX",
        value_name = "NAME",
        default_value = "aurelius"
    )]
    pub redis_prefix: String,
    /// Replicas of a Redis node that must have a player's input before it is acknowledged
    #[arg(
        long,
        env = "AURELIUS_REDIS_REPLICAS",
        value_name = "COUNT",
        default_value_t = 0
    )]
    pub redis_replicas: u32,
}

impl RedisArgs {
    /// The cluster that was asked for, if one was. Errors when an address cannot be used, without repeating
    /// it.
    pub fn resolve(&self) -> Result<Option<ClusterConfig>, ConfigError> {
        self.resolve_with(|variable| std::env::var(variable).ok())
    }

    fn resolve_with(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<ClusterConfig>, ConfigError> {
        let hosts: Vec<(String, String)> = if self.redis.is_empty() {
            (1..=HOSTS_MAX)
                .map(|number| format!("REDIS_HOST_{number}"))
                .filter_map(|name| variable(&name).map(|host| (name, host)))
                .filter(|(_, host)| !host.trim().is_empty())
                .collect()
        } else {
            let named = |host: &String| ("--redis".to_owned(), host.clone());
            self.redis.iter().map(named).collect()
        };
        if hosts.is_empty() {
            return Ok(None);
        }
        let password = self
            .redis_password
            .as_deref()
            .filter(|password| !password.is_empty());
        let nodes = hosts
            .iter()
            .map(|(name, host)| address(name, host.trim(), password))
            .collect::<Result<_, _>>()?;
        let mut config = ClusterConfig::new(nodes);
        config.prefix.clone_from(&self.redis_prefix);
        config.replicas = self.redis_replicas;
        config.check().map_err(|error| match error {
            ClusterError::Setting {
                setting,
                problem,
                example,
            } => ConfigError::new(setting, problem, example),
            other => ConfigError::new("the Redis Cluster", format!("is wrong: {other}"), EXAMPLE),
        })?;
        Ok(Some(config))
    }
}

impl std::fmt::Debug for RedisArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisArgs")
            .field("redis", &format_args!("{} hidden", self.redis.len()))
            .field("redis_password", &self.redis_password.as_ref().map(|_| "hidden"))
            .field("redis_prefix", &self.redis_prefix)
            .field("redis_replicas", &self.redis_replicas)
            .finish()
    }
}

/// `redis://[[USER]:PASSWORD@]HOST:PORT` of what was given under `name`.
fn address(name: &str, host: &str, password: Option<&str>) -> Result<String, ConfigError> {
    let wrong = |problem: &str| {
        let assign = if name.starts_with("--") { " " } else { "=" };
        ConfigError::new(
            name,
            format!("is wrong: {problem}"),
            format!("{name}{assign}10.0.0.1:6379"),
        )
    };
    let text = if host.contains("://") {
        host.to_owned()
    } else {
        format!("redis://{host}")
    };
    let mut url = Url::parse(&text)
        .map_err(|_| wrong("it is not HOST, HOST:PORT or redis://[[USER]:PASSWORD@]HOST:PORT"))?;
    if url.scheme() != "redis" {
        return Err(wrong(
            "it must begin with redis://, which is the only way spoken here",
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host"));
    }
    if !["", "/"].contains(&url.path()) || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has more than a host and a port"));
    }
    url.set_path("");
    if url.port().is_none() {
        url.set_port(Some(6379)).map_err(|()| wrong("it has no port"))?;
    }
    if let Some(password) = password.filter(|_| url.password().is_none()) {
        url.set_password(Some(password))
            .map_err(|()| wrong("it cannot have a password"))?;
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(redis: &[&str], password: Option<&str>) -> RedisArgs {
        RedisArgs {
            redis: redis.iter().map(|host| (*host).to_owned()).collect(),
            redis_password: password.map(str::to_owned),
            redis_prefix: "aurelius".to_owned(),
            redis_replicas: 2,
        }
    }

    fn check(arguments: &RedisArgs, environment: &[(&str, &str)], nodes: &[&str]) {
        let variable = |name: &str| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = arguments.resolve_with(variable).unwrap().expect("a cluster");
        assert_eq!(config.nodes, nodes);
        assert_eq!((config.prefix.as_str(), config.replicas), ("aurelius", 2));
    }

    #[test]
    fn hosts_come_from_the_flag_else_from_the_numbered_variables() {
        assert!(arguments(&[], Some("p"))
            .resolve_with(|_| None)
            .unwrap()
            .is_none());
        let environment = [
            ("REDIS_HOST_1", "redis-1"),
            ("REDIS_HOST_2", ""),
            ("REDIS_HOST_3", " 10.0.0.3:7000 "),
            ("REDIS_HOST_10", "redis://[::1]:7001/"),
        ];
        let expected = [
            "redis://redis-1:6379",
            "redis://10.0.0.3:7000",
            "redis://[::1]:7001",
        ];
        check(&arguments(&[], None), &environment, &expected);
        check(
            &arguments(&["a:1", "b"], None),
            &environment,
            &["redis://a:1", "redis://b:6379"],
        );
    }

    #[test]
    fn the_password_goes_to_addresses_without_one() {
        let given = arguments(&["a", "redis://me:other@b:1"], Some("p@ss/wörd"));
        let expected = ["redis://:p%40ss%2Fw%C3%B6rd@a:6379", "redis://me:other@b:1"];
        check(&given, &[], &expected);
        check(&arguments(&["a"], Some("")), &[], &["redis://a:6379"]);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_password_is_shown() {
        for wrong in [
            "http://:hunter2@a",
            "rediss://:hunter2@a",
            "redis://:hunter2@a/3",
            "a:hunter2",
            "a b",
        ] {
            let given = arguments(&[wrong], Some("hunter2"));
            let error = given.resolve_with(|_| None).unwrap_err().to_string();
            assert!(error.starts_with("--redis is wrong: "), "{error}");
            assert!(error.ends_with("for example: --redis 10.0.0.1:6379"), "{error}");
            for shown in [error, format!("{given:?}")] {
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
        let by_variable = |name: &str| (name == "REDIS_HOST_7").then(|| "redis://".to_owned());
        let error = arguments(&[], None)
            .resolve_with(by_variable)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("REDIS_HOST_7 is wrong"), "{error}");
        let mut braces = arguments(&["a"], None);
        braces.redis_prefix = "{}".to_owned();
        let error = braces.resolve_with(|_| None).unwrap_err().to_string();
        assert!(error.contains("AURELIUS_REDIS_PREFIX"), "{error}");
    }
}
