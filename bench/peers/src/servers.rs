//! Our two servers, as processes that are spoken to like the peers': see `servers/pace.mjs`.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bus::{Bus, MatchPublisher};
use peers::house;
use peers::ticks::{Clock, Ticks};

use crate::kind::Kind;

/// The argument that makes this program a server.
pub(crate) const ROLE: &str = "--server";

/// `KIND DATABASE`.
pub(crate) fn run(arguments: &[String]) {
    match Kind::from_word(&arguments[0]) {
        Kind::Bare => bare(),
        _ => relay(&arguments[1]),
    }
}

/// One thread with the relay, one that ticks.
fn relay(database: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let bus = Bus::default();
        let (publisher, _queue) = bus.open_match(house::detail()).unwrap();
        let relay = house::start(bus, database.as_ref()).await;
        std::thread::spawn(move || publish(relay.addr.port(), &publisher));
        std::future::pending::<()>().await;
    });
}

fn publish(port: u16, publisher: &MatchPublisher) {
    play(port, |frame| {
        publisher.publish_frame(frame);
    });
}

/// What all else is measured by.
fn bare() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let sockets: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let accepted = sockets.clone();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let socket = socket.unwrap();
            socket.set_nodelay(true).unwrap();
            socket.set_nonblocking(true).unwrap();
            accepted.lock().unwrap().push(socket);
        }
    });
    play(port, |frame| {
        let mut bytes = vec![0x82];
        match u8::try_from(frame.bytes.len()) {
            Ok(length @ ..=125) => bytes.push(length),
            _ => {
                bytes.push(126);
                bytes.extend((frame.bytes.len() as u16).to_be_bytes());
            }
        }
        bytes.extend(&frame.bytes[..]);
        for socket in sockets.lock().unwrap().iter_mut() {
            let _ = socket.write(&bytes);
        }
    });
}

/// Sends each tick at its moment once the benchmark says so, until it closes standard input.
fn play(port: u16, mut send: impl FnMut(bus::Frame)) {
    println!("listening {port}");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let ["begin", start_unix_us, ticks] = words[..] else {
            panic!("unknown command {line:?}; expected begin START_US TICKS");
        };
        let clock = Clock::at(start_unix_us.parse().unwrap());
        let ticks: u64 = ticks.parse().unwrap();
        for (tick, frame) in (0..ticks).zip(Ticks::new()) {
            clock.wait_for(tick);
            send(frame);
        }
    }
    std::process::exit(0);
}
