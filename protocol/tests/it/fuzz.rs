//! Bytes from strangers: every decoder answers, never panics, and never takes more memory than its input
//! allows.
//!
//! Inputs are valid messages, damaged: bits flipped, bytes cut out, doubled, spliced from another message, or
//! all random. `FUZZ_ITERATIONS` sets how many (default 200,000, a few seconds), `FUZZ_SEED` which; a failure
//! prints the seed of its iteration.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::catch_unwind;

use crate::support;
use protocol::control::{ClientMessage, ServerMessage};
use protocol::log;
use protocol::packet::ServerPacket;
use protocol::replay::Replay;
use protocol::wire::{Bundle, Snapshot, StateFrame};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

/// Counts the bytes that this thread asks for.
struct Counting;

// SAFETY: hands everything to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.with(|bytes| bytes.set(bytes.get() + layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number, for instance {default}"))
    })
}

fn damage(random: &mut StdRng, samples: &[Vec<u8>]) -> Vec<u8> {
    let any = |random: &mut StdRng| samples[random.gen_range(0..samples.len())].clone();
    let mut bytes = any(random);
    for _ in 0..random.gen_range(0..4) {
        if bytes.is_empty() {
            bytes.push(random.gen());
        }
        let at = random.gen_range(0..bytes.len());
        match random.gen_range(0..8) {
            0 => bytes[at] ^= 1 << random.gen_range(0..8),
            1 => bytes[at] = random.gen(),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.gen()),
            4 => {
                let end = random.gen_range(at..=bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let other = any(random);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.gen_range(0..=other.len())..]);
            }
            6 => {
                let length = random.gen_range(0..400);
                bytes.truncate(at.min(1));
                bytes.extend((0..length).map(|_| random.gen::<u8>()));
            }
            _ => bytes[at..]
                .iter_mut()
                .take(4)
                .for_each(|byte| *byte = [0, 0xff][random.gen_range(0..2)]),
        }
    }
    bytes
}

/// All decoders on the same bytes. What a frame decodes to is also applied to a state.
fn decode_all(bytes: &[u8], state: &Snapshot) {
    let _ = ClientMessage::from_bytes(bytes);
    let _ = ServerMessage::from_bytes(bytes);
    let _ = ServerPacket::from_bytes(bytes);
    let _ = Bundle::split(bytes);
    let _ = log::read(bytes);
    let _ = Replay::read(bytes);
    if let Ok(frame) = StateFrame::from_bytes(bytes) {
        let mut state = Some(state.clone());
        let _ = frame.apply(&mut state, &mut |_, _| {});
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = serde_json::from_str::<ClientMessage>(text);
        let _ = serde_json::from_str::<ServerPacket>(text);
    }
}

#[test]
fn fuzz_decoders_of_bytes_from_strangers() {
    let iterations = from_env("FUZZ_ITERATIONS", 200_000);
    let seed = from_env("FUZZ_SEED", 0xA0E1);
    let samples = support::valid_messages();
    let state = support::snapshot();
    let mut largest = 0.0f64;
    for iteration in 0..iterations {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(iteration));
        let bytes = damage(&mut random, &samples);
        let before = ALLOCATED.with(Cell::get);
        let outcome = catch_unwind(|| decode_all(&bytes, &state));
        let allocated = ALLOCATED.with(Cell::get) - before;
        assert!(
            outcome.is_ok(),
            "panic: FUZZ_SEED={} FUZZ_ITERATIONS=1",
            seed.wrapping_add(iteration)
        );
        // Eight decoders, vectors that double, and serde's room for text: all proportional to the input. The
        // constant covers one cloned state, and vectors of a few wide elements.
        let allowed = 64 * 1024 + 512 * bytes.len();
        largest = largest.max(allocated as f64 / allowed as f64);
        assert!(
            allocated <= allowed,
            "{allocated} bytes for an input of {}: FUZZ_SEED={} FUZZ_ITERATIONS=1",
            bytes.len(),
            seed.wrapping_add(iteration)
        );
    }
    println!(
        "{iterations} inputs decoded; the greediest took {:.0} % of its memory budget",
        largest * 100.0
    );
}
