//! Which node serves which hash slot, as far as is known.
//!
//! Learnt from CLUSTER SLOTS of whichever node answers first, and corrected by each MOVED.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use redis::Value;

use super::key::SLOTS;
use super::node::{Address, Dial, Node};
use super::ClusterError;

pub(crate) struct Topology {
    dial: Dial,
    seeds: Vec<Arc<Node>>,
    map: RwLock<Map>,
}

#[derive(Default)]
struct Map {
    /// All that serve a slot, and those a MOVED named.
    nodes: HashMap<Address, Arc<Node>>,
    /// Empty, or one for each slot.
    owners: Vec<Option<Arc<Node>>>,
}

/// Slots of one master: the first and the last of each range.
pub(crate) type Ranges = Vec<(u16, u16, Address)>;

impl Topology {
    pub(crate) fn new(seeds: Vec<Address>, dial: Dial) -> Self {
        let seeds = seeds
            .into_iter()
            .map(|address| Arc::new(Node::new(address, dial.clone())))
            .collect();
        Self {
            dial,
            seeds,
            map: RwLock::default(),
        }
    }

    pub(crate) fn dial(&self) -> &Dial {
        &self.dial
    }

    /// Who serves the slot.
    pub(crate) fn owner(&self, slot: u16) -> Option<Arc<Node>> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.owners.get(usize::from(slot))?.clone()
    }

    /// All nodes that serve slots.
    pub(crate) fn masters(&self) -> Vec<Arc<Node>> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.nodes.values().cloned().collect()
    }

    /// All nodes worth asking: the masters, and those of the configuration.
    pub(crate) fn known(&self) -> Vec<Arc<Node>> {
        let mut known = self.masters();
        for seed in &self.seeds {
            if known.iter().all(|node| node.address != seed.address) {
                known.push(seed.clone());
            }
        }
        known
    }

    pub(crate) fn is_master(&self, address: &Address) -> bool {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.nodes.contains_key(address)
    }

    /// A slot that nobody serves.
    pub(crate) fn unserved(&self) -> Option<u16> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        if map.owners.is_empty() {
            return Some(0);
        }
        let slot = map.owners.iter().position(Option::is_none)?;
        u16::try_from(slot).ok()
    }

    /// Takes what a node says instead of all that was known.
    pub(crate) fn learn(&self, ranges: &Ranges) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        let mut nodes = HashMap::new();
        let mut owners = vec![None; SLOTS];
        for (first, last, address) in ranges {
            let node: &Arc<Node> = nodes
                .entry(address.clone())
                .or_insert_with(|| self.node(&map, address));
            for slot in *first..=*last {
                if let Some(owner) = owners.get_mut(usize::from(slot)) {
                    *owner = Some(node.clone());
                }
            }
        }
        *map = Map { nodes, owners };
    }

    /// Takes a MOVED.
    pub(crate) fn moved(&self, slot: u16, address: Address) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        let node = self.node(&map, &address);
        map.nodes.insert(address, node.clone());
        if let Some(owner) = map.owners.get_mut(usize::from(slot)) {
            *owner = Some(node);
        }
    }

    /// The node an ASK names.
    pub(crate) fn asked(&self, address: &Address) -> Arc<Node> {
        self.node(&self.map.read().unwrap_or_else(PoisonError::into_inner), address)
    }

    fn node(&self, map: &Map, address: &Address) -> Arc<Node> {
        let known = map.nodes.get(address);
        let known = known.or_else(|| self.seeds.iter().find(|seed| seed.address == *address));
        known
            .cloned()
            .unwrap_or_else(|| Arc::new(Node::new(address.clone(), self.dial.clone())))
    }
}

/// The answer to CLUSTER SLOTS of a node.
pub(crate) fn ranges(answer: Value, asked: &Node) -> Result<Ranges, ClusterError> {
    let malformed = || {
        ClusterError::malformed(
            format!("the slots of {}", asked.address),
            "not as CLUSTER SLOTS answers",
        )
    };
    if let Value::ServerError(error) = answer {
        return Err(asked.refused(error));
    }
    let Value::Array(entries) = answer else {
        return Err(malformed());
    };
    let mut ranges = Ranges::new();
    for entry in entries {
        let range = match entry {
            Value::Array(entry) => range(&entry, asked),
            _ => None,
        };
        ranges.push(range.ok_or_else(malformed)?);
    }
    Ok(ranges)
}

/// First slot, last slot, the master as `[host, port, …]`, then the replicas.
fn range(entry: &[Value], asked: &Node) -> Option<(u16, u16, Address)> {
    let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = entry else {
        return None;
    };
    let [host, Value::Int(port), ..] = master.as_slice() else {
        return None;
    };
    let host = match host {
        Value::BulkString(host) if !host.is_empty() => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) if !host.is_empty() => host,
        // "The host you asked me at."
        _ => &asked.address.host,
    };
    Some((
        u16::try_from(*first).ok()?,
        u16::try_from(*last).ok()?,
        Address::new(host, u16::try_from(*port).ok()?),
    ))
}
