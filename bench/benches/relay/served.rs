//! The relay at work on one thread.

use std::net::SocketAddr;
use std::sync::mpsc::{sync_channel, SyncSender, TryRecvError};
use std::sync::OnceLock;
use std::time::Duration;

use bus::Bus;
use peers::house;
use peers::ticks::{Clock, Ticks};

use crate::swarm::{Greeting, Seen, Swarm};
use crate::{thread_cpu_us, Load};

static MEMORY_BEFORE: OnceLock<u64> = OnceLock::new();

/// What serving cost, and what came of it.
pub(crate) struct Served {
    /// CPU time of the relay's thread while the ticks came.
    pub(crate) cpu_us: f64,
    /// Growth of this process, in which there is little but the relay, since the first relay started.
    pub(crate) bytes_per_socket: u64,
    pub(crate) seen: Seen,
}

pub(crate) fn measure(load: &Load) -> Served {
    let bus = Bus::default();
    let (publisher, _queue) = bus.open_match(house::detail()).unwrap();
    // What an earlier run gave back stays with the allocator: only from the first on is growth the relay's.
    let memory_before = *MEMORY_BEFORE.get_or_init(resident_bytes);
    let server = Server::start(bus);
    let mut swarm = Swarm::start(server.address, Greeting::Watch(load.rate), load.followers);
    swarm.wait_until_ready();
    let clock = Clock::start();
    swarm.begin(&clock);
    let cpu_before = server.cpu_us();
    for (tick, frame) in (0..load.ticks()).zip(Ticks::new()) {
        clock.wait_for(tick);
        publisher.publish_frame(frame);
    }
    // What is under way arrives.
    std::thread::sleep(Duration::from_millis(300));
    let cpu_us = server.cpu_us() - cpu_before;
    let memory = resident_bytes().saturating_sub(memory_before);
    let seen = swarm.end();
    server.stop();
    Served {
        cpu_us,
        bytes_per_socket: memory / load.followers,
        seen,
    }
}

/// A relay on a thread of its own.
struct Server {
    address: SocketAddr,
    cpu: SyncSender<SyncSender<f64>>,
    thread: std::thread::JoinHandle<()>,
}

impl Server {
    fn start(bus: Bus) -> Self {
        let (started, address) = sync_channel(0);
        let (cpu, asked) = sync_channel::<SyncSender<f64>>(0);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let file = format!("aurelius-bench-{}.db", std::process::id());
                let file = std::env::temp_dir().join(file);
                let relay = house::start(bus, &file).await;
                started.send(relay.addr).unwrap();
                loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    match asked.try_recv() {
                        Ok(answer) => answer.send(thread_cpu_us()).unwrap(),
                        Err(TryRecvError::Empty) => {}
                        Err(TryRecvError::Disconnected) => break,
                    }
                }
                relay.drain().await;
            });
        });
        Self {
            address: address.recv().unwrap(),
            cpu,
            thread,
        }
    }

    fn cpu_us(&self) -> f64 {
        let (answer, asked) = sync_channel(0);
        self.cpu.send(answer).unwrap();
        asked.recv().unwrap()
    }

    fn stop(self) {
        drop(self.cpu);
        self.thread.join().unwrap();
    }
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
