//! Matches played by simple players, for tests and benchmarks: everything follows from one number.
#![allow(dead_code, reason = "each test program uses its own part of this")]
#![allow(unreachable_pub, reason = "a module of test programs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: a failure here is a failed test"
)]

use arena::{
    checkpoint_key, genesis, match_seed, pack_inputs, step, step_segment, Change, Digest, Event, Heading,
    HostSha256, Mode, Rules, Scratch, SegmentInputs, Sha256, State, StateBuf, TickChange, MAX_INPUTS_LEN,
};

/// SplitMix64: enough for choosing what test players do.
#[derive(Clone)]
pub struct Lot(pub u64);

impl Lot {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// How a warrior is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Any heading at any time.
    Wander,
    /// Towards the nearest enemy.
    Hunt,
    /// Away from the nearest enemy, towards the middle when there is none near.
    Flee,
    /// Against the nearest wall, for ever.
    Wall,
    /// Never.
    Idle,
}

pub const STYLES: [Style; 5] = [Style::Wander, Style::Hunt, Style::Flee, Style::Wall, Style::Idle];

/// What a match is made from.
#[derive(Clone)]
pub struct Setup {
    pub rules: Rules,
    /// All owners, late ones too.
    pub owners: Vec<u8>,
    pub at_start: usize,
    pub capacity: usize,
    pub styles: Vec<Style>,
    pub lot: Lot,
}

/// Owners for `warriors` warriors: players with 1 to `most` warriors each, some player indexes left out.
pub fn random_owners(lot: &mut Lot, warriors: usize, most: usize) -> Vec<u8> {
    let mut owners = Vec::new();
    let mut player = 0u8;
    while owners.len() < warriors {
        let mine = (1 + lot.below(most))
            .min(warriors - owners.len())
            .min(warriors.saturating_sub(1).max(1));
        owners.extend(std::iter::repeat_n(player, mine));
        // Holes in the player indexes, as long as all of them stay below 100.
        let room = 99 - usize::from(player);
        let hole = usize::from(room > 2 * (warriors - owners.len()) + 2 && lot.below(6) == 0);
        player += 1 + hole as u8;
    }
    owners
}

impl Setup {
    /// A random match of the given mode: any capacity, players, styles and number of late entries.
    pub fn random(mode: Mode, number: u64) -> Self {
        let mut lot = Lot(number);
        let rules = if mode == Mode::Blitz {
            Rules::BLITZ
        } else {
            Rules::SIEGE
        };
        let warriors = 2 + lot.below(usize::from(rules.warriors_max) - 1);
        let owners = random_owners(&mut lot, warriors, usize::from(rules.warriors_per_player_max));
        let at_start = if mode == Mode::Blitz {
            warriors
        } else {
            start_of_late(&owners, &mut lot)
        };
        let spare = if mode == Mode::Blitz {
            0
        } else {
            lot.below(usize::from(rules.warriors_max) - warriors + 1)
        };
        let favourite = STYLES[lot.below(STYLES.len())];
        let styles = (0..warriors)
            .map(|_| {
                if lot.below(3) == 0 {
                    STYLES[lot.below(STYLES.len())]
                } else {
                    favourite
                }
            })
            .collect();
        Self {
            rules,
            owners,
            at_start,
            capacity: warriors + spare,
            styles,
            lot,
        }
    }

    /// A match in which all warriors are there from the start and played alike.
    pub fn uniform(rules: Rules, warriors: usize, each: usize, style: Style, number: u64) -> Self {
        let owners = (0..warriors).map(|warrior| (warrior / each) as u8).collect();
        Self {
            rules,
            owners,
            at_start: warriors,
            capacity: warriors,
            styles: vec![style; warriors],
            lot: Lot(number),
        }
    }
}

/// How many warriors are there from the start: a whole number of entries, at least two players.
fn start_of_late(owners: &[u8], lot: &mut Lot) -> usize {
    let starts: Vec<usize> = (1..=owners.len())
        .filter(|&at| at == owners.len() || owners[at] != owners[at - 1])
        .collect();
    // `starts[0]` is the end of the first player's warriors: one player is too few.
    starts[1 + lot.below(starts.len() - 1)]
}

/// A match in progress.
pub struct Game {
    pub rules: Rules,
    pub owners: Vec<u8>,
    pub seed: Digest,
    pub state: StateBuf,
    pub scratch: Box<Scratch>,
    pub events: Vec<Event>,
    styles: Vec<Style>,
    lot: Lot,
    drip: Digest,
}

/// What one segment was made from, and what came out.
pub struct Played {
    pub key: Digest,
    pub before: StateBuf,
    pub inputs: Vec<u8>,
}

impl Game {
    pub fn new(setup: Setup) -> Self {
        let Setup {
            rules,
            owners,
            at_start,
            capacity,
            styles,
            mut lot,
        } = setup;
        let value = HostSha256::sha256(&[b"value", &lot.next().to_le_bytes()]);
        let seed = match_seed::<HostSha256>(&[7; 32], &value);
        let state = genesis::<HostSha256>(&rules, &owners[..at_start], capacity, &seed).unwrap();
        let drip = HostSha256::sha256(&[b"drip", &lot.next().to_le_bytes()]);
        let scratch = Box::new(Scratch::new());
        Self {
            rules,
            owners,
            seed,
            state,
            scratch,
            events: Vec::new(),
            styles,
            lot,
            drip,
        }
    }

    /// The key of the segment that comes next.
    pub fn key(&self) -> Digest {
        let index = self.state.view().tick() / self.rules.checkpoint_ticks();
        checkpoint_key::<HostSha256>(
            &self.seed,
            &HostSha256::sha256(&[&self.drip, &index.to_le_bytes()]),
        )
    }

    /// Plays one segment tick by tick, as a crank does, and packs what the players did.
    pub fn play_segment(&mut self) -> Played {
        let (key, before) = (self.key(), self.state.clone());
        let admit = self.admissible();
        let present = before.view().present();
        let mut counts = vec![0u16; before.view().capacity()];
        let mut done: Vec<TickChange> = Vec::new();
        self.scratch.rebuild(&self.state.view());
        for tick in 0..self.rules.segment_ticks {
            let mut changes = Vec::new();
            if tick % self.rules.slot_ticks == 0 {
                changes = self.choose(&mut counts);
                let slot = (tick / self.rules.slot_ticks) as u8;
                done.extend(changes.iter().map(|&change| TickChange { slot, change }));
            }
            let entering = if tick == 0 {
                &self.owners[present..present + admit]
            } else {
                &[]
            };
            let (events, mut view) = (&mut self.events, self.state.view_mut());
            let mut sink = |event| events.push(event);
            step::<HostSha256>(
                &self.rules,
                &mut view,
                &mut self.scratch,
                &key,
                entering,
                &changes,
                &mut sink,
            )
            .unwrap();
        }
        let mut inputs = vec![0; MAX_INPUTS_LEN];
        let len = pack_inputs(
            &self.rules,
            before.view().capacity(),
            admit as u8,
            &done,
            &mut inputs,
        )
        .unwrap();
        inputs.truncate(len);
        Played { key, before, inputs }
    }

    /// How many warriors enter now: sometimes none, sometimes several entries.
    fn admissible(&mut self) -> usize {
        let state = self.state.view();
        let present = state.present();
        if state.ended()
            || state.tick() > u32::from(self.rules.late_entry_ticks)
            || present == self.owners.len()
        {
            return 0;
        }
        let mut admit = 0;
        while present + admit < self.owners.len() && self.lot.below(12) < 2 {
            let owner = self.owners[present + admit];
            admit += self.owners[present + admit..]
                .iter()
                .take_while(|&&other| other == owner)
                .count();
        }
        admit
    }

    /// What the players change in this slot.
    fn choose(&mut self, counts: &mut [u16]) -> Vec<Change> {
        let view = self.state.view();
        let mut changes = Vec::new();
        if view.ended() {
            return changes;
        }
        for (index, count) in counts.iter_mut().enumerate().take(view.present()) {
            // Dead warriors' players sometimes go on pressing keys.
            let eager = view.warriors()[index].alive() || self.lot.below(50) == 0;
            if *count >= self.rules.changes_per_warrior_max || !eager || self.lot.below(5) != 0 {
                continue;
            }
            let heading = heading_of(self.styles[index], &view, index, &mut self.lot);
            if heading != view.warriors()[index].heading() || self.lot.below(40) == 0 {
                *count += 1;
                changes.push(Change {
                    warrior: index as u8,
                    heading: heading as u8,
                });
            }
        }
        changes
    }
}

fn heading_of(style: Style, view: &State<'_>, index: usize, lot: &mut Lot) -> Heading {
    let me = &view.warriors()[index];
    let (x, y) = (i32::from(me.x()), i32::from(me.y()));
    let nearest = view
        .warriors()
        .iter()
        .filter(|other| other.alive() && other.owner() != me.owner())
        .map(|other| (i32::from(other.x()) - x, i32::from(other.y()) - y))
        .min_by_key(|(dx, dy)| (dx.abs().max(dy.abs()), dx.abs() + dy.abs()));
    let (min, max) = view.zone();
    let middle = i32::from(min + max) / 2;
    let home = (middle - x, middle - y);
    let inside = me.x() >= min && me.x() <= max && me.y() >= min && me.y() <= max;
    let towards = |(dx, dy): (i32, i32)| {
        let step = (dx.signum() as i8, dy.signum() as i8);
        Heading::ALL
            .into_iter()
            .find(|heading| heading.delta() == step)
            .unwrap()
    };
    match style {
        Style::Idle => Heading::None,
        Style::Wander => Heading::from_number(lot.below(9) as u8).unwrap(),
        Style::Wall => Heading::from_number(1 + 2 * (index % 4) as u8).unwrap(),
        _ if !inside => towards(home),
        Style::Hunt => nearest.map_or(Heading::None, towards),
        Style::Flee => nearest
            .filter(|(dx, dy)| dx.abs().max(dy.abs()) < 6)
            .map_or(towards(home), |(dx, dy)| towards((-dx, -dy))),
    }
}

/// Runs `played` once more in one call, in a fresh scratch.
pub fn replay_segment(rules: &Rules, owners: &[u8], played: &Played) -> StateBuf {
    let mut state = played.before.clone();
    let inputs = SegmentInputs::parse(rules, state.view().capacity(), &played.inputs).unwrap();
    let mut scratch = Box::new(Scratch::new());
    step_segment::<HostSha256>(
        rules,
        &mut state.view_mut(),
        &mut scratch,
        &played.key,
        &inputs,
        owners,
        &mut (),
    )
    .unwrap();
    state
}
