//! The rules of Aurelius for JavaScript: `arena` behind plain functions over linear memory.
//!
//! One instance of the module holds one match. A host writes into [`buffer`]s, calls a function, and reads
//! buffers; there is no other way in or out. All numbers are little-endian.
//!
//! | buffer | bytes | what |
//! |---|---|---|
//! | 0 rules | 96 | the rules table |
//! | 1 owners | 100 | player index of each warrior, in roster order |
//! | 2 seed | 32 | seed of the match, for `start` |
//! | 3 key | 32 | key of the checkpoint, for `segment` and `tick` |
//! | 4 state | 1728 | the state |
//! | 5 bytes | 6144 | packed inputs, or what `hash` is to hash |
//! | 6 digest | 32 | the leaf after `start`, `load` and `segment`; the answer of `hash` |
//! | 7 paid | 800 | what each player paid, u64 |
//! | 8 payouts | 800 | what each player gets, u64, after `share_out` |
//! | 9 totals | 32 | pot, fee, burn, refunded, u64, after `share_out` |
//! | 10 places | 100 | place of each player from 1, 0 for those not in the match, after `places` |
//! | 11 message | 160 | why the last call was refused, UTF-8 |
//! | 12 events | 2048 | what happened in the last `tick` or `segment`, four bytes each |
//!
//! Kinds of events are those that frames carry (docs/PROTOCOL.md): 0 hit{attacker, target, damage in whole hit
//! points, rounded up}, 1 kill{attacker, victim, streak}, 2 died{warrior, cause}, 3 pickup{warrior, power-up},
//! 4 ended{reason}; causes, power-ups and reasons are the rules' numbers.
//!
//! Functions answer a number of their own, or minus the length of the message when they refuse.
//! **Invariants:** no argument and no content of a buffer makes a function trap; a refused call leaves the
//! state as it was.
//!
//! `unsafe` stays in this file: a host that shares memory cannot do without. It is single-threaded, as
//! WebAssembly without shared memory is.
#![cfg_attr(target_arch = "wasm32", no_std)]

mod room;

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use room::Room;

/// The one match of this instance.
struct Shared(UnsafeCell<MaybeUninit<Room>>);

// SAFETY: the module has one thread, and no export calls another one while it holds the room.
unsafe impl Sync for Shared {}

static ROOM: Shared = Shared(UnsafeCell::new(MaybeUninit::zeroed()));

fn with<T>(work: impl FnOnce(&mut Room) -> T) -> T {
    // SAFETY: a `Room` is plain data for which all zeroes are valid (`room` asserts it), and nobody else has a
    // reference to it: exports take none and do not nest.
    work(unsafe { (*ROOM.0.get()).assume_init_mut() })
}

/// Where buffer `which` begins; 0 where there is none of this number.
#[no_mangle]
pub extern "C" fn buffer(which: u32) -> *mut u8 {
    with(|room| {
        room.buffer(which)
            .map_or(core::ptr::null_mut(), <[u8]>::as_mut_ptr)
    })
}

/// Makes the genesis state with `capacity` warrior slots from rules, `owners` owners and seed. Answers its
/// length.
#[no_mangle]
pub extern "C" fn start(owners: u32, capacity: u32) -> i32 {
    with(|room| room.start(owners as usize, capacity as usize))
}

/// Goes on from the `len` bytes in the state buffer. Answers their tick.
#[no_mangle]
pub extern "C" fn load(len: u32) -> i32 {
    with(|room| room.load(len as usize))
}

/// Steps one segment with `owners` owners and `len` bytes of packed inputs. Answers the tick.
#[no_mangle]
pub extern "C" fn segment(owners: u32, len: u32) -> i32 {
    with(|room| room.segment(owners as usize, len as usize))
}

/// As `segment`, but only the next tick of it. Answers the tick; makes no leaf.
#[no_mangle]
pub extern "C" fn tick(owners: u32, len: u32) -> i32 {
    with(|room| room.tick(owners as usize, len as usize))
}

/// How many events the last `tick` or `segment` made; those beyond the buffer are left out.
#[no_mangle]
pub extern "C" fn events() -> i32 {
    with(|room| room.events())
}

/// Computes payouts of `players` players from the final state, rules and paid. Answers 0.
#[no_mangle]
pub extern "C" fn share_out(players: u32) -> i32 {
    with(|room| room.share_out(players as usize))
}

/// Ranks the players of the state. Answers 0.
#[no_mangle]
pub extern "C" fn places() -> i32 {
    with(Room::places)
}

/// SHA-256 of the first `len` bytes of buffer 5. Answers 0.
#[no_mangle]
pub extern "C" fn hash(len: u32) -> i32 {
    with(|room| room.hash(len as usize))
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
