//! Random matches, drawn the same way here and in `sdk/test/support/parity.ts`: the file holds what the native
//! rules give, and the compiled module must give the same in Node.js and in a browser.
//!
//! `UPDATE_VECTORS=1 cargo test -p arena-wasm` writes the file anew.

use std::fmt::Write as _;
use std::path::Path;

use arena::{
    checkpoint_key, genesis, leaf, pack_inputs, share_out, step_segment, Change, Digest, HostSha256, Rules,
    Scratch, SegmentInputs, Sha256, StateBuf, TickChange, MAX_INPUTS_LEN,
};

use crate::support::Lot;

const MATCHES: u32 = 24;
const TICKS_MIN: u32 = 100_000;

/// One random match and the chance its players act by.
struct Game {
    rules: Rules,
    /// All warriors, the late ones included.
    owners: Vec<u8>,
    at_start: usize,
    capacity: usize,
    seed: Digest,
    lot: Lot,
}

impl Game {
    fn draw(number: u32) -> Self {
        let mut lot = Lot::new(number);
        let siege = number.is_multiple_of(3);
        let rules = if siege { Rules::SIEGE } else { Rules::BLITZ };
        let most = u32::from(rules.warriors_max);
        let warriors = 2 + lot.below(most - 1) as usize;
        let each = 1 + lot.below(5) as usize;
        let each = each.min(warriors - 1);
        let owners: Vec<u8> = (0..warriors).map(|warrior| (warrior / each) as u8).collect();
        // Late entries are whole: half of the players, where at least two are there from the start.
        let half = (warriors / each / 2).max(2) * each;
        let at_start = if siege && half < warriors { half } else { warriors };
        Self {
            rules,
            owners,
            at_start,
            capacity: warriors,
            seed: HostSha256::sha256(&[b"parity", &number.to_le_bytes()]),
            lot,
        }
    }

    /// Everybody who is late enters with segment 5.
    fn admit(&self, segment: u32) -> u8 {
        if segment == 5 {
            (self.owners.len() - self.at_start) as u8
        } else {
            0
        }
    }

    fn changes(&mut self) -> Vec<TickChange> {
        let mut counts = vec![0u16; self.capacity];
        let mut changes = Vec::new();
        for slot in 0..self.rules.slots_per_segment() {
            for (warrior, count) in counts.iter_mut().enumerate() {
                if self.lot.below(12) != 0 || *count == self.rules.changes_per_warrior_max {
                    continue;
                }
                *count += 1;
                let heading = self.lot.below(9) as u8;
                let change = Change {
                    warrior: warrior as u8,
                    heading,
                };
                changes.push(TickChange {
                    slot: slot as u8,
                    change,
                });
            }
        }
        changes
    }

    /// Plays to the end. Answers the ticks, the hash over all leaves, and the final state.
    fn play(&mut self) -> (u32, Digest, StateBuf) {
        let start = &self.owners[..self.at_start];
        let mut state = genesis::<HostSha256>(&self.rules, start, self.capacity, &self.seed).unwrap();
        let mut scratch = Scratch::new();
        let mut all = leaf::<HostSha256>(state.as_bytes());
        let mut packed = [0; MAX_INPUTS_LEN];
        let mut segment = 0u32;
        while !state.view().ended() {
            let changes = self.changes();
            let len = pack_inputs(
                &self.rules,
                self.capacity,
                self.admit(segment),
                &changes,
                &mut packed,
            )
            .unwrap();
            let inputs = SegmentInputs::parse(&self.rules, self.capacity, &packed[..len]).unwrap();
            let index = segment / u32::from(self.rules.segments_per_checkpoint);
            let drip = HostSha256::sha256(&[b"drip", &index.to_le_bytes()]);
            let key = checkpoint_key::<HostSha256>(&self.seed, &drip);
            let (view, owners) = (&mut state.view_mut(), &self.owners);
            step_segment::<HostSha256>(&self.rules, view, &mut scratch, &key, &inputs, owners, &mut ())
                .unwrap();
            all = HostSha256::sha256(&[&all, &leaf::<HostSha256>(state.as_bytes())]);
            segment += 1;
        }
        (state.view().tick(), all, state)
    }
}

fn line(number: u32, ticks: &mut u32) -> String {
    let mut game = Game::draw(number);
    let (made, all, state) = game.play();
    *ticks += made;
    let players = usize::from(*game.owners.last().unwrap()) + 1;
    let paid: Vec<u64> = (0..players as u64)
        .map(|player| 1_000_003 * (player + 1))
        .collect();
    let mut payouts = vec![0; players];
    let settled = share_out(&game.rules, &state.view(), &paid, &mut payouts).unwrap();
    let mut money = String::new();
    for amount in [settled.pot, settled.fee, settled.burn, settled.refunded]
        .iter()
        .chain(&payouts)
    {
        write!(money, " {amount}").unwrap();
    }
    let sum = HostSha256::sha256(&[money.as_bytes()]);
    format!("{number} {made} {} {}\n", hex::encode(all), hex::encode(sum))
}

#[test]
fn random_matches_are_as_committed() {
    let mut ticks = 0;
    let text: String = (1..=MATCHES).map(|number| line(number, &mut ticks)).collect();
    assert!(ticks >= TICKS_MIN, "{ticks} ticks are too few");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/parity.txt");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == text,
        "parity.txt differs: write it anew with UPDATE_VECTORS=1 if the rules changed"
    );
}
