//! One player's hands in one match: turns what is seen into signed, chained inputs. No IO, no clock but the
//! tick.
//!
//! Invariants: inputs are sent in order and chained to the last accepted one; a rejection stops sending until
//! every input under way is answered, then goes on from where the relay says the chain stands; no warrior
//! changes its heading more often than the rules allow. It remembers how far its inputs were acked: a relay
//! that says later that the chain stands before that has lost some, which is counted.

use std::collections::VecDeque;

use arena::Heading;
use ed25519_dalek::SigningKey;
use protocol::codes::RejectReason;
use protocol::input::{ChainHead, Input, SignedInput};
use protocol::receipt::{Receipt, SignedReceipt};
use protocol::{Hash, MatchKey, PlayerSlot, Signature, Tick, WarriorIndex};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::bots::strategy::{self, Temper};
use crate::sight::Field;

/// Ticks between two looks of one warrior, at least: six a second leaves room below the rules' ten changes a
/// second.
const LOOK_TICKS_MIN: u32 = 10;
/// And at most: a human's reaction.
const LOOK_TICKS_MAX: u32 = 18;
/// Inputs that may be unanswered before the bot waits for the relay.
const IN_FLIGHT_MAX: usize = 16;

/// What a driver did, for reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DriverCounts {
    pub sent: u64,
    pub acked: u64,
    pub rejected: u64,
    /// Acked, and unknown to the crank later. None, ever.
    pub lost: u64,
}

impl DriverCounts {
    /// The sums.
    pub fn plus(self, other: DriverCounts) -> DriverCounts {
        DriverCounts {
            sent: self.sent + other.sent,
            acked: self.acked + other.acked,
            rejected: self.rejected + other.rejected,
            lost: self.lost + other.lost,
        }
    }
}

/// Drives the warriors of one player.
pub struct Driver {
    session: SigningKey,
    match_key: MatchKey,
    slot: PlayerSlot,
    temper: Temper,
    random: StdRng,
    chain: ChainHead,
    /// Behind the last input that was acked.
    acked: ChainHead,
    /// Inputs without an answer yet.
    in_flight: VecDeque<Input>,
    /// What the operator promised, in the order of the acks. Bounded by what the rules let a player send.
    receipts: Vec<SignedReceipt>,
    /// The chain was refused: nothing is sent until all inputs under way are answered.
    resynchronising: bool,
    hands: Vec<Hand>,
    counts: DriverCounts,
}

/// What is known about one warrior.
struct Hand {
    warrior: u8,
    /// The heading last sent; none when it may not have arrived.
    held: Option<Heading>,
    next_look: u32,
}

/// Which player of which match a driver plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub match_key: MatchKey,
    pub slot: PlayerSlot,
}

impl Driver {
    /// A driver at the start of its chain. `seed` makes two bots of one temper differ.
    pub fn new(session: SigningKey, part: Part, temper: Temper, seed: u64) -> Self {
        Self {
            session,
            match_key: part.match_key,
            slot: part.slot,
            temper,
            random: StdRng::seed_from_u64(seed),
            chain: ChainHead::default(),
            acked: ChainHead::default(),
            in_flight: VecDeque::new(),
            receipts: Vec::new(),
            resynchronising: false,
            hands: Vec::new(),
            counts: DriverCounts::default(),
        }
    }

    /// The inputs to send after having seen the arena at `tick`.
    pub fn look(&mut self, tick: u32, field: &Field) -> Vec<SignedInput> {
        let mut inputs = Vec::new();
        if self.resynchronising {
            return inputs;
        }
        let slot = self.slot.0;
        for me in field.pieces.iter().filter(|piece| piece.player == slot) {
            let index = self.hand_of(me.warrior);
            let Hand { held, next_look, .. } = self.hands[index];
            if tick < next_look || self.in_flight.len() >= IN_FLIGHT_MAX {
                continue;
            }
            self.hands[index].next_look = tick + self.random.gen_range(LOOK_TICKS_MIN..=LOOK_TICKS_MAX);
            let noise = self.random.gen();
            let heading = strategy::choose(field, me, &self.temper, held.unwrap_or_default(), noise);
            if Some(heading) != held {
                inputs.push(self.sign(tick, me.warrior, heading));
                self.hands[index].held = Some(heading);
            }
        }
        inputs
    }

    /// The hand for a warrior, a new one when it is seen for the first time.
    fn hand_of(&mut self, warrior: u8) -> usize {
        let known = self.hands.iter().position(|hand| hand.warrior == warrior);
        known.unwrap_or_else(|| {
            self.hands.push(Hand {
                warrior,
                held: Some(Heading::None),
                next_look: 0,
            });
            self.hands.len() - 1
        })
    }

    fn sign(&mut self, tick: u32, warrior: u8, heading: Heading) -> SignedInput {
        let input = Input {
            match_key: self.match_key,
            slot: self.slot,
            sequence: self.chain.expected_sequence,
            previous: self.chain.head,
            tick: Tick(tick),
            warrior: WarriorIndex(warrior),
            heading: heading as u8,
        };
        self.chain = behind(input.sequence, input.hash());
        self.in_flight.push_back(input);
        self.counts.sent += 1;
        input.sign(&self.session)
    }

    /// The input of this sequence was accepted.
    pub fn acked(&mut self, sequence: u32, tick: Tick, receipt: Signature) {
        self.counts.acked += 1;
        if let Some(input) = self.answered(sequence) {
            if sequence >= self.acked.expected_sequence {
                self.acked = behind(sequence, input.hash());
            }
            self.receipts.push(SignedReceipt {
                receipt: Receipt::of(&input, tick),
                signature: receipt,
            });
        }
    }

    /// What the operator promised so far.
    pub fn receipts(&self) -> &[SignedReceipt] {
        &self.receipts
    }

    /// The input of this sequence was refused; `chain` is where the relay says the chain stands.
    pub fn rejected(&mut self, sequence: u32, reason: RejectReason, chain: Option<ChainHead>) {
        self.counts.rejected += 1;
        tracing::debug!(%reason, slot = self.slot.0, sequence, "an input was rejected");
        self.resynchronising = true;
        if let Some(chain) = chain {
            self.chain = chain;
            self.look_for_losses(chain);
        }
        for hand in &mut self.hands {
            hand.held = None;
        }
        self.answered(sequence);
    }

    /// Whether everything that was acked is in the chain as it stands.
    fn look_for_losses(&mut self, chain: ChainHead) {
        let forgotten = self
            .acked
            .expected_sequence
            .saturating_sub(chain.expected_sequence);
        let is_another = forgotten == 0
            && chain.expected_sequence == self.acked.expected_sequence
            && chain.head != self.acked.head;
        if forgotten > 0 || is_another {
            let lost = u64::from(forgotten.max(1));
            tracing::error!(
                match_key = %self.match_key, slot = self.slot.0, lost, "inputs that were acked are lost"
            );
            self.counts.lost += lost;
            // Each is counted once.
            self.acked = chain;
        }
    }

    /// The connection was replaced: answers under way are lost, the chain is learned from the next rejection.
    pub fn reconnected(&mut self) {
        self.in_flight.clear();
        self.resynchronising = false;
        for hand in &mut self.hands {
            hand.held = None;
        }
    }

    /// The player's slot.
    pub fn slot(&self) -> PlayerSlot {
        self.slot
    }

    /// What happened so far.
    pub fn counts(&self) -> DriverCounts {
        self.counts
    }

    /// Where the chain stood behind the last input that was acked: the log of the match must hold all up to
    /// there.
    pub fn acked_up_to(&self) -> ChainHead {
        self.acked
    }

    /// The input, if an answer to it was awaited.
    fn answered(&mut self, sequence: u32) -> Option<Input> {
        let index = self.in_flight.iter().position(|sent| sent.sequence == sequence);
        let answered = index.and_then(|index| self.in_flight.remove(index));
        if self.in_flight.is_empty() {
            self.resynchronising = false;
        }
        answered
    }
}

/// The chain behind this input.
fn behind(sequence: u32, head: Hash) -> ChainHead {
    ChainHead {
        expected_sequence: sequence.saturating_add(1),
        head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bots::strategy::TEMPERS;
    use crate::sight::{Cell, Piece, Zone};
    use protocol::SessionKey;

    const PART: Part = Part {
        match_key: MatchKey([7; 32]),
        slot: PlayerSlot(3),
    };

    fn driver() -> Driver {
        Driver::new(SigningKey::from_bytes(&[9; 32]), PART, TEMPERS[0], 1)
    }

    /// Prey that jumps from one side to the other, so that the heading has to change all the time.
    fn field(tick: u32) -> Field {
        let piece = |warrior, player, x, y, hp| Piece {
            warrior,
            player,
            cell: Cell { x, y },
            hp,
            raging: false,
            shielded: false,
        };
        let prey_x = if (tick / 20).is_multiple_of(2) { 2 } else { 30 };
        let floor = Zone {
            min: Cell { x: 1, y: 1 },
            max: Cell { x: 32, y: 32 },
        };
        Field {
            floor,
            zone: floor,
            shrinking: false,
            last_quarter: false,
            pieces: vec![
                piece(4, 3, 16, 10, 90),
                piece(5, 3, 16, 20, 90),
                piece(0, 0, prey_x, 15, 1),
            ],
            treats: Vec::new(),
        }
    }

    #[test]
    fn inputs_are_chained_signed_and_for_own_warriors_only() {
        let mut driver = driver();
        let session = SessionKey(driver.session.verifying_key().to_bytes());
        let mut server = ChainHead::default();
        for tick in 0..600 {
            for input in driver.look(tick, &field(tick)) {
                assert_eq!(server.accept(&input, &session), Ok(()));
                assert!([4, 5].contains(&input.input.warrior.0));
                assert_eq!(input.input.slot, PART.slot);
                driver.acked(input.input.sequence, Tick(1), Signature::default());
                assert_eq!(driver.acked_up_to(), server);
            }
        }
        assert!(driver.counts().sent > 20, "{:?}", driver.counts());
        assert_eq!(driver.counts().sent, driver.counts().acked);
    }

    #[test]
    fn no_warrior_changes_more_than_ten_times_a_second() {
        let mut driver = driver();
        let mut ticks_of = [Vec::new(), Vec::new()];
        for tick in 0..1_200 {
            for input in driver.look(tick, &field(tick)) {
                ticks_of[usize::from(input.input.warrior.0 - 4)].push(tick);
                driver.acked(input.input.sequence, Tick(1), Signature::default());
            }
        }
        for ticks in ticks_of {
            assert!(ticks.windows(2).all(|pair| pair[1] - pair[0] >= LOOK_TICKS_MIN));
        }
    }

    #[test]
    fn after_a_rejection_it_goes_on_from_the_relays_chain() {
        let mut driver = driver();
        let session = SessionKey(driver.session.verifying_key().to_bytes());
        let mut server = ChainHead::default();
        let first = driver.look(0, &field(0));
        assert_eq!(first.len(), 2);
        // The first is lost in a busy queue, so the second does not fit either.
        driver.rejected(first[0].input.sequence, RejectReason::Busy, Some(server));
        assert!(
            driver.look(30, &field(30)).is_empty(),
            "one answer is still under way"
        );
        assert_eq!(
            server.accept(&first[1], &session),
            Err(RejectReason::WrongSequence)
        );
        driver.rejected(first[1].input.sequence, RejectReason::WrongSequence, Some(server));
        let again = driver.look(60, &field(60));
        assert!(!again.is_empty());
        for input in again {
            assert_eq!(server.accept(&input, &session), Ok(()));
        }
    }

    #[test]
    fn a_silent_relay_is_not_flooded() {
        let mut driver = driver();
        let sent: usize = (0..100_000)
            .map(|tick| driver.look(tick, &field(tick)).len())
            .sum();
        assert_eq!(sent, IN_FLIGHT_MAX);
    }

    #[test]
    fn an_acked_input_that_is_not_in_the_chain_any_more_is_counted() {
        let mut driver = driver();
        let session = SessionKey(driver.session.verifying_key().to_bytes());
        let mut server = ChainHead::default();
        let inputs: Vec<_> = [0, 30, 60]
            .into_iter()
            .flat_map(|tick| driver.look(tick, &field(tick)))
            .collect();
        assert!(inputs.len() >= 3);
        let mut stood = vec![server];
        for input in &inputs {
            assert_eq!(server.accept(input, &session), Ok(()));
            stood.push(server);
        }
        // One was acked; the answers to the others were lost with the connection.
        driver.acked(1, Tick(1), Signature::default());
        driver.reconnected();
        driver.rejected(9, RejectReason::WrongSequence, Some(server));
        driver.rejected(9, RejectReason::WrongSequence, Some(stood[1]));
        assert_eq!(driver.counts().lost, 0, "the chain stands at or behind it");
        driver.rejected(9, RejectReason::WrongSequence, Some(stood[0]));
        assert_eq!(driver.counts().lost, 1);
        driver.rejected(9, RejectReason::WrongSequence, Some(stood[0]));
        assert_eq!(driver.counts().lost, 1, "once");
    }
}
