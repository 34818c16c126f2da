//! A match that runs, tick by tick.

use arena::{Change, Digest, Event, EventSink, HostSha256, Scratch, State, StateBuf, MAX_WARRIORS};
use protocol::{PlayerSlot, Tick};

use super::checkpoint::{Checkpoint, CheckpointBuilder, SealedSegment};
use super::intake::{Intake, LateEntry, VerifiedInput};
use super::setup::{LiveError, MatchSetup};

/// A death, for feeds and history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elimination {
    /// The tick on which it happened.
    pub tick: u32,
    /// Who died: warrior and player slot.
    pub victim: (u8, u8),
    /// Who is credited: warrior and player slot; `None` when it was the environment or the zone.
    pub attacker: Option<(u8, u8)>,
}

/// What a tick brought, apart from a new state.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TickOutcome {
    /// The segments this tick completed: one on the last tick of a segment, all that are left of the
    /// checkpoint when the match ends.
    pub sealed: Vec<SealedSegment>,
    /// The checkpoint this tick completed.
    pub checkpoint: Option<Checkpoint>,
    /// Whether the match ended with this tick.
    pub ended: bool,
}

/// One match that runs.
pub struct LiveMatch {
    setup: MatchSetup,
    state: StateBuf,
    scratch: Box<Scratch>,
    pub(super) intake: Intake,
    /// Entries on chain that are not in the arena yet, by slot.
    waiting: Vec<LateEntry>,
    builder: CheckpointBuilder,
    eliminations: Vec<Elimination>,
    genesis_leaf: Digest,
}

impl LiveMatch {
    /// The match before its first tick.
    ///
    /// # Errors
    /// [`LiveError::Rules`] for a setup that the rules refuse.
    pub fn new(setup: MatchSetup) -> Result<Self, LiveError> {
        let state =
            arena::genesis::<HostSha256>(&setup.rules, &setup.owners, setup.capacity.into(), &setup.seed)
                .map_err(|source| LiveError::Rules { tick: 0, source })?;
        let mut scratch = Box::new(Scratch::new());
        scratch.rebuild(&state.view());
        let genesis_leaf = arena::leaf::<HostSha256>(state.as_bytes());
        let intake = Intake::new(&setup.rules, setup.window, &setup.owners);
        let builder = CheckpointBuilder::new(&setup, genesis_leaf)?;
        let (waiting, eliminations) = (Vec::new(), Vec::with_capacity(MAX_WARRIORS));
        Ok(Self {
            setup,
            state,
            scratch,
            intake,
            waiting,
            builder,
            eliminations,
            genesis_leaf,
        })
    }

    /// What was fixed at the start.
    pub fn setup(&self) -> &MatchSetup {
        &self.setup
    }

    /// The state after the last tick made.
    pub fn state(&self) -> State<'_> {
        self.state.view()
    }

    /// Ticks made.
    pub fn tick(&self) -> Tick {
        Tick(self.state.view().tick())
    }

    /// Hash of the genesis state.
    pub fn genesis_leaf(&self) -> Digest {
        self.genesis_leaf
    }

    /// Whether the arena stands still. The last checkpoint is complete then.
    pub fn ended(&self) -> bool {
        self.state.view().ended()
    }

    /// Deaths so far, in order.
    pub fn eliminations(&self) -> &[Elimination] {
        &self.eliminations
    }

    /// Where a player's chain stands; `None` for a slot without a warrior in the match.
    pub fn chain(&self, slot: PlayerSlot) -> Option<protocol::input::ChainHead> {
        self.intake.chain(slot)
    }

    /// Takes the beacon of a checkpoint. Whether it is news; they come in order.
    pub fn reveal(&mut self, checkpoint: u32, beacon: Digest) -> bool {
        self.builder.reveal(checkpoint, beacon)
    }

    /// The first checkpoint whose beacon is not known.
    pub fn unrevealed(&self) -> u32 {
        self.builder.unrevealed()
    }

    /// Whether the beacon of the next tick is known.
    pub fn is_revealed(&self) -> bool {
        self.builder.index() < self.builder.unrevealed()
    }

    /// Whether the next tick is the first of a segment.
    pub fn at_segment_start(&self) -> bool {
        self.tick()
            .0
            .is_multiple_of(self.setup.rules.segment_ticks.into())
    }

    /// The segment the next tick belongs to.
    pub fn segment(&self) -> u32 {
        self.tick().0 / u32::from(self.setup.rules.segment_ticks)
    }

    /// Notes an entry made after the start. It waits until [`LiveMatch::admissible`] lets it in. Announcing
    /// one again changes nothing.
    pub fn announce(&mut self, entry: LateEntry) {
        let known = self
            .intake
            .owners()
            .last()
            .is_some_and(|&last| entry.slot.0 <= last);
        if known || entry.warriors == 0 || self.waiting.iter().any(|other| other.slot == entry.slot) {
            return;
        }
        let at = self.waiting.partition_point(|other| other.slot < entry.slot);
        self.waiting.insert(at, entry);
    }

    /// How many late warriors may enter on the next tick: whole entries, in order, as long as there is room.
    pub fn admissible(&self) -> u8 {
        let view = self.state.view();
        let rules = &self.setup.rules;
        let late = self.at_segment_start()
            && rules.late_entry_ticks > 0
            && view.tick() <= rules.late_entry_ticks.into();
        if !late || view.ended() {
            return 0;
        }
        let room = view.capacity() - view.present();
        let mut sum: u8 = 0;
        for entry in &self.waiting {
            let with = sum.saturating_add(entry.warriors);
            if usize::from(with) > room {
                break;
            }
            sum = with;
        }
        sum
    }

    /// Whether the first `warriors` waiting warriors are whole entries.
    pub(super) fn is_whole_entries(&self, warriors: u8) -> bool {
        let mut sum: u8 = 0;
        let mut entries = self.waiting.iter();
        while sum < warriors {
            match entries.next() {
                Some(entry) => sum = sum.saturating_add(entry.warriors),
                None => return false,
            }
        }
        sum == warriors
    }

    /// Puts an input back that was accepted before. Its player may not be admitted yet in this replay, so the
    /// chain is put in place as well.
    ///
    /// # Errors
    /// The reason for which no crank has accepted it.
    pub(super) fn preload(
        &mut self,
        input: &VerifiedInput,
        tick: Tick,
    ) -> Result<(), protocol::codes::RejectReason> {
        self.intake.preload(input, tick)
    }

    /// Judges an input without accepting it: the tick at which it would take effect.
    ///
    /// # Errors
    /// The reason to tell the player. Nothing changed.
    pub fn judge(&self, input: &VerifiedInput) -> Result<Tick, protocol::codes::RejectReason> {
        self.intake.judge(&self.state.view(), input)
    }

    /// Accepts an input for the tick that [`LiveMatch::judge`] named. Between the two, nothing else may
    /// happen to the match.
    pub fn accept(&mut self, input: &VerifiedInput, tick: Tick) {
        self.intake.accept(input, tick);
    }

    /// Makes the next tick, letting the first `admit` waiting warriors in. Once the match has ended this does
    /// nothing.
    ///
    /// # Errors
    /// [`LiveError`]: the match cannot go on.
    pub fn step(&mut self, admit: u8, events: &mut impl EventSink) -> Result<TickOutcome, LiveError> {
        if self.ended() {
            return Ok(TickOutcome::default());
        }
        // Before anything is taken from those who wait: a tick that cannot be made changes nothing.
        let key = self.builder.key(&self.setup.seed);
        let key = key.ok_or(LiveError::NoBeacon(self.builder.index()))?;
        let made = self.tick().0;
        let tick = made + 1;
        let admitted = self.take_waiting(admit);
        let owners_before = self.intake.owners().len();
        self.intake.enter(&admitted);
        let mut changes = [Change::default(); MAX_WARRIORS];
        let count = self.intake.take_due(tick, &mut changes);
        let changes = &changes[..count];
        let owners = &self.intake.owners()[owners_before..];
        let (eliminations, players) = (&mut self.eliminations, self.intake.owners());
        let mut sink = |event: Event| {
            record_death(eliminations, players, tick, &event);
            events.event(event);
        };
        let ticks = self.setup.rules.checkpoint_ticks();
        let cheat = self.setup.cheat;
        let key = cheat.map_or(key, |cheat| cheat.key(made, ticks, key));
        let lie = cheat.and_then(|cheat| cheat.applied(made, ticks, &self.state, changes));
        arena::step::<HostSha256>(
            &self.setup.rules,
            &mut self.state.view_mut(),
            &mut self.scratch,
            &key,
            owners,
            lie.as_deref().unwrap_or(changes),
            &mut sink,
        )
        .map_err(|source| LiveError::Rules { tick, source })?;
        if let Some(cheat) = cheat {
            cheat.corrupt(made, ticks, &mut self.state, &mut self.scratch);
        }
        self.builder.record(made, owners.len() as u8, changes);
        self.seal()
    }

    /// Completes segment and checkpoint where the tick just made was their last. A match that ended completes
    /// both at once: the ticks that are left change nothing.
    fn seal(&mut self) -> Result<TickOutcome, LiveError> {
        let ended = self.ended();
        let mut outcome = TickOutcome {
            ended,
            ..TickOutcome::default()
        };
        if !ended && !self.at_segment_start() {
            return Ok(outcome);
        }
        loop {
            if ended {
                self.record_rest();
            }
            let (segment, checkpoint) = self.builder.seal(&self.setup, &self.state.view())?;
            outcome.sealed.push(segment);
            let complete = checkpoint.is_some();
            let cheat = self.setup.cheat;
            outcome.checkpoint =
                checkpoint.filter(|checkpoint| !cheat.is_some_and(|cheat| cheat.withholds(checkpoint.index)));
            if !ended || complete {
                return Ok(outcome);
            }
        }
    }

    /// Notes what was accepted for ticks of the segment under way that are not made any more.
    fn record_rest(&mut self) {
        let mut changes = [Change::default(); MAX_WARRIORS];
        for made in self.tick().0..self.builder.segment_end() {
            let count = self.intake.take_due(made + 1, &mut changes);
            self.builder.record(made, 0, &changes[..count]);
        }
    }

    /// Takes the entries that make up the first `admit` waiting warriors.
    fn take_waiting(&mut self, admit: u8) -> Vec<LateEntry> {
        let mut left = admit;
        let mut count = 0;
        while let Some(entry) = self.waiting.get(count).filter(|entry| entry.warriors <= left) {
            left -= entry.warriors;
            count += 1;
        }
        self.waiting.drain(..count).collect()
    }
}

impl std::fmt::Debug for LiveMatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LiveMatch({} at tick {})", self.setup.match_key, self.tick())
    }
}

fn record_death(eliminations: &mut Vec<Elimination>, owners: &[u8], tick: u32, event: &Event) {
    let with_owner = |warrior: u8| {
        (
            warrior,
            owners.get(usize::from(warrior)).copied().unwrap_or(u8::MAX),
        )
    };
    match *event {
        Event::Kill { attacker, victim, .. } => {
            match eliminations.iter_mut().rev().find(|e| e.victim.0 == victim) {
                Some(known) => known.attacker = Some(with_owner(attacker)),
                None => eliminations.push(Elimination {
                    tick,
                    victim: with_owner(victim),
                    attacker: Some(with_owner(attacker)),
                }),
            }
        }
        Event::Died { warrior, .. } if !eliminations.iter().any(|e| e.victim.0 == warrior) => {
            eliminations.push(Elimination {
                tick,
                victim: with_owner(warrior),
                attacker: None,
            });
        }
        _ => {}
    }
}
