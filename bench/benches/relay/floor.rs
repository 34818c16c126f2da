//! What all else is compared with: one thread that writes the same bytes to each socket, and does nothing else.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use peers::ticks::{Clock, Ticks};
use protocol::control::Rate;
use protocol::wire::{Bundle, BUNDLE_TICKS};

use crate::swarm::{Greeting, Swarm};
use crate::{thread_cpu_us, Load};

/// CPU time of one write, microseconds.
pub(crate) fn measure(load: &Load) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut swarm = Swarm::start(listener.local_addr().unwrap(), Greeting::None, load.followers);
    let mut sockets: Vec<TcpStream> = (0..load.followers)
        .map(|_| listener.accept().unwrap().0)
        .collect();
    for socket in &sockets {
        socket.set_nodelay(true).unwrap();
        socket.set_nonblocking(true).unwrap();
    }
    swarm.wait_until_ready();
    let messages = messages(load);
    let clock = Clock::start();
    swarm.begin(&clock);
    let before = thread_cpu_us();
    for (tick, bytes) in &messages {
        clock.wait_for(*tick);
        sockets.iter_mut().for_each(|socket| {
            let _ = socket.write(bytes);
        });
    }
    let cpu_us = thread_cpu_us() - before;
    swarm.end();
    cpu_us / (messages.len() as u64 * load.followers) as f64
}

/// Each message with its WebSocket header, and the tick at which it is sent.
fn messages(load: &Load) -> Vec<(u64, Vec<u8>)> {
    let frames: Vec<_> = Ticks::new().take(load.ticks() as usize).collect();
    let per_message = match load.rate {
        Rate::Every => 1,
        Rate::Bundled => BUNDLE_TICKS,
    };
    let message = |frames: &[bus::Frame]| {
        let payload = match frames {
            [single] => single.bytes.to_vec(),
            many => Bundle::join(many.iter().map(|frame| &frame.bytes[..])).unwrap(),
        };
        let mut bytes = vec![0x82];
        match u8::try_from(payload.len()) {
            Ok(length @ ..=125) => bytes.push(length),
            _ => {
                bytes.push(126);
                bytes.extend((payload.len() as u16).to_be_bytes());
            }
        }
        bytes.extend(payload);
        (u64::from(frames[frames.len() - 1].tick.0), bytes)
    };
    frames.chunks(per_message).map(message).collect()
}
