//! One thing to ask of Redis: a command or a script, with its keys and arguments.

use std::sync::OnceLock;

use bytes::Bytes;
use redis::Cmd;

use crate::key::slot_of;

/// A Lua script. Nodes know it by its hash once they have it; a node that lost it gets it again.
#[derive(Debug)]
pub struct Script {
    /// Written one after the other.
    source: &'static [&'static str],
    /// As a node told it.
    sha: OnceLock<String>,
}

impl Script {
    /// From the parts of its source, which are written one after the other.
    pub const fn new(source: &'static [&'static str]) -> Self {
        Self {
            source,
            sha: OnceLock::new(),
        }
    }

    /// Takes note of what SCRIPT LOAD answered.
    pub(crate) fn learn(&self, sha: String) {
        let _ = self.sha.set(sha);
    }
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Command(&'static str),
    Script(&'static Script),
    /// A script that writes nothing, which a user who may only read its keys may run.
    Reading(&'static Script),
}

/// A command or script. All its keys must be of one hash slot; the first decides which node gets it.
#[derive(Debug, Clone)]
pub struct Call {
    verb: Verb,
    keys: Vec<String>,
    arguments: Vec<Bytes>,
    pub(crate) replicas: u32,
}

impl Call {
    /// A plain command. Keys are written before the arguments.
    pub fn command(name: &'static str) -> Self {
        Self::new(Verb::Command(name))
    }

    /// A script.
    pub fn script(script: &'static Script) -> Self {
        Self::new(Verb::Script(script))
    }

    /// A script that writes nothing. Redis refuses what it would write, and asks of its caller no more than
    /// the right to read its keys.
    pub fn reading(script: &'static Script) -> Self {
        Self::new(Verb::Reading(script))
    }

    fn new(verb: Verb) -> Self {
        Self {
            verb,
            keys: Vec::new(),
            arguments: Vec::new(),
            replicas: 0,
        }
    }

    /// Adds a key, or the channel of SPUBLISH.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<Bytes>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds a number as an argument.
    pub fn number(self, number: u64) -> Self {
        self.arg(number.to_string())
    }

    /// Afterwards waits until so many replicas have it; fewer is [`crate::ClusterError::Replicas`]. For
    /// scripts that answer `{'ok', …}` when they wrote: a refusal stays a refusal.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// None: any node will do.
    pub(crate) fn slot(&self) -> Option<u16> {
        self.keys.first().map(|key| slot_of(key.as_bytes()))
    }

    /// The script, when a node must get its source first.
    pub(crate) fn script_to_load(&self, forgotten: bool) -> Option<&'static Script> {
        match self.verb {
            Verb::Script(script) | Verb::Reading(script) if forgotten || script.sha.get().is_none() => {
                Some(script)
            }
            _ => None,
        }
    }

    /// Up to the keys. Of the two names the first takes a script's hash, the second its source.
    fn pack_script(&self, script: &Script, [by_hash, by_source]: [&'static str; 2]) -> Cmd {
        let mut command = match script.sha.get() {
            Some(sha) => {
                let mut command = redis::cmd(by_hash);
                command.arg(sha);
                command
            }
            None => {
                let mut command = redis::cmd(by_source);
                command.arg(script.source.concat());
                command
            }
        };
        command.arg(self.keys.len());
        command
    }

    pub(crate) fn pack(&self) -> Cmd {
        let mut command = match self.verb {
            Verb::Command(name) => redis::cmd(name),
            Verb::Script(script) => self.pack_script(script, ["EVALSHA", "EVAL"]),
            Verb::Reading(script) => self.pack_script(script, ["EVALSHA_RO", "EVAL_RO"]),
        };
        for key in &self.keys {
            command.arg(key);
        }
        for argument in &self.arguments {
            command.arg(argument.as_ref());
        }
        command
    }
}

/// The command that gives a script to a node.
pub(crate) fn load(script: &Script) -> Cmd {
    let mut command = redis::cmd("SCRIPT");
    command.arg("LOAD").arg(script.source.concat());
    command
}
