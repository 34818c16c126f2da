//! Which node serves which hash slot, as far as is known.
//!
//! Learnt from CLUSTER SLOTS of whichever node answers first, and corrected by each MOVED. A node may leave a
//! host empty, which means the one at which it was asked. It may also name `?`, which means that it knows
//! none: so do all nodes with `cluster-preferred-endpoint-type hostname` until they have a
//! `cluster-announce-hostname`. Then the IP address counts that CLUSTER SLOTS gives beside it, and without
//! one the host that was asked.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use redis::Value;

use crate::error::ClusterError;
use crate::key::SLOTS;
use crate::node::{Address, Dial, Node};
use crate::redirection::Redirection;

/// What a node calls a host that it does not know.
const UNKNOWN_HOST: &str = "?";

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
        let map = self.map.read();
        map.owners.get(usize::from(slot))?.clone()
    }

    /// All nodes that serve slots.
    pub(crate) fn masters(&self) -> Vec<Arc<Node>> {
        let map = self.map.read();
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
        let map = self.map.read();
        map.nodes.contains_key(address)
    }

    /// A slot that nobody serves.
    pub(crate) fn unserved(&self) -> Option<u16> {
        let map = self.map.read();
        if map.owners.is_empty() {
            return Some(0);
        }
        let slot = map.owners.iter().position(Option::is_none)?;
        u16::try_from(slot).ok()
    }

    /// Takes what a node says instead of all that was known.
    pub(crate) fn learn(&self, ranges: &Ranges) {
        let mut map = self.map.write();
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
        let mut map = self.map.write();
        let node = self.node(&map, &address);
        map.nodes.insert(address, node.clone());
        if let Some(owner) = map.owners.get_mut(usize::from(slot)) {
            *owner = Some(node);
        }
    }

    /// The node an ASK names.
    pub(crate) fn asked(&self, address: &Address) -> Arc<Node> {
        self.node(&self.map.read(), address)
    }

    /// The slot and the node that a redirection means. None if it names no host, and a guess leads back to
    /// the node that was asked.
    pub(crate) fn resolve(&self, to: &Redirection, asked: &Node) -> Option<(u16, Address)> {
        let address = match to.host {
            "" => Address::new(&asked.address.host, to.port),
            UNKNOWN_HOST => {
                let mut known = self
                    .known()
                    .into_iter()
                    .filter(|node| node.address.port == to.port);
                match (known.next(), known.next()) {
                    (Some(only), None) => only.address.clone(),
                    _ => Address::new(&asked.address.host, to.port),
                }
            }
            host => Address::new(host, to.port),
        };
        (address != asked.address).then_some((to.slot, address))
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

/// First slot, last slot, the master as `[host, port, id, {name: value}]`, then the replicas.
fn range(entry: &[Value], asked: &Node) -> Option<(u16, u16, Address)> {
    let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = entry else {
        return None;
    };
    let [host, Value::Int(port), more @ ..] = master.as_slice() else {
        return None;
    };
    let here: &str = &asked.address.host;
    let host = match text(host) {
        None | Some("") => here,
        Some(UNKNOWN_HOST) => more.get(1).and_then(ip).unwrap_or(here),
        Some(host) => host,
    };
    Some((
        u16::try_from(*first).ok()?,
        u16::try_from(*last).ok()?,
        Address::new(host, u16::try_from(*port).ok()?),
    ))
}

/// The IP address among what a node says of another in addition to its host: a map, or its names and values in a
/// row.
fn ip(more: &Value) -> Option<&str> {
    let is_ip = |name: &Value| text(name) == Some("ip");
    let value = match more {
        Value::Map(pairs) => pairs.iter().find(|(name, _)| is_ip(name)).map(|(_, value)| value),
        Value::Array(row) => row
            .chunks_exact(2)
            .find(|pair| is_ip(&pair[0]))
            .map(|pair| &pair[1]),
        _ => None,
    };
    text(value?).filter(|ip| !ip.is_empty())
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(text) => std::str::from_utf8(text).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use redis::RedisConnectionInfo;

    use super::*;

    fn dial() -> Dial {
        Dial {
            login: RedisConnectionInfo::default(),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(1),
        }
    }

    fn node(host: &str) -> Node {
        Node::new(Address::new(host, 7000), dial())
    }

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    /// One range, of a master with this name, of which this is said in addition.
    fn slots(host: Value, more: Vec<Value>) -> Value {
        let mut master = vec![host, Value::Int(7001), bulk("id")];
        master.extend(more);
        Value::Array(vec![Value::Array(vec![
            Value::Int(0),
            Value::Int(5460),
            Value::Array(master),
        ])])
    }

    #[test]
    fn report_20_a_host_that_is_not_known_is_the_ip_address_or_the_one_that_was_asked() {
        let metadata = |ip: &str| Value::Map(vec![(bulk("ip"), bulk(ip))]);
        let row = Value::Array(vec![bulk("hostname"), bulk("h"), bulk("ip"), bulk("10.0.0.2")]);
        let cases = [
            (bulk("10.0.0.9"), vec![metadata("10.0.0.2")], "10.0.0.9"),
            (Value::Nil, vec![metadata("10.0.0.2")], "asked"),
            (bulk(""), vec![], "asked"),
            (bulk("?"), vec![], "asked"),
            (bulk("?"), vec![metadata("")], "asked"),
            (bulk("?"), vec![metadata("10.0.0.2")], "10.0.0.2"),
            (bulk("?"), vec![row], "10.0.0.2"),
        ];
        for (host, more, expected) in cases {
            let said = format!("{host:?} {more:?}");
            let read = ranges(slots(host, more), &node("asked")).unwrap();
            assert_eq!(read, [(0, 5460, Address::new(expected, 7001))], "{said}");
        }
    }

    #[test]
    fn report_20_a_redirection_without_a_host_leads_to_the_node_with_that_port() {
        let seeds = ["10.0.0.1:7000", "10.0.0.2:7001", "10.0.0.3:7002", "10.0.0.4:7002"];
        let seeds = seeds.map(|seed| {
            let (host, port) = seed.split_once(':').unwrap();
            Address::new(host, port.parse().unwrap())
        });
        let topology = Topology::new(seeds.to_vec(), dial());
        let asked = node("10.0.0.1");
        let resolve = |text| {
            let to = Redirection::parse(text).unwrap();
            topology
                .resolve(&to, &asked)
                .map(|(slot, to)| (slot, to.to_string()))
        };
        let is = |address: &str| Some((5, address.to_owned()));
        assert_eq!(resolve("5 10.0.0.9:7001"), is("10.0.0.9:7001"));
        assert_eq!(resolve("5 :7001"), is("10.0.0.1:7001"));
        assert_eq!(resolve("5 ?:7001"), is("10.0.0.2:7001"));
        assert_eq!(
            resolve("5 ?:7002"),
            is("10.0.0.1:7002"),
            "two have that port: as if it were empty"
        );
        assert_eq!(resolve("5 ?:7009"), is("10.0.0.1:7009"), "nobody has it");
        assert_eq!(resolve("5 ?:7000"), None, "nobody sends a call on to itself");
    }
}
