//! What a chain can be made to do with its slots: skip some, stand still, take the last ones back, change their length.
//!
//! A slot that is taken back counts as skipped: the numbers of slots go on, those of blocks do not, as on a cluster that
//! has left a fork. What ran in it may run again as long as its blockhash can be used. The chain's clock goes on, too.

use std::time::{Duration, Instant};

use super::command::Control;
use super::pace::Halt;
use super::Chain;
use crate::ledger::AccountChange;

impl Chain {
    pub(super) fn is_halted(&self) -> bool {
        self.halt != Halt::Running
    }

    /// `None`: the chain runs. Else when the halt ends, if it ends by itself.
    pub(super) fn halt_ends_in(&self, now: Instant) -> Option<Option<Duration>> {
        match self.halt {
            Halt::Running => None,
            Halt::Halted(until) => Some(until.map(|until| until.saturating_duration_since(now))),
        }
    }

    /// Ends a halt whose time is over.
    pub(super) fn resume_if_due(&mut self) {
        if self.is_halted() {
            self.resume();
        }
    }

    fn resume(&mut self) {
        self.halt = Halt::Running;
        let slot = Duration::from_millis(self.slot_ms.unsigned_abs());
        self.pace.set_slot(slot, Instant::now());
    }

    /// Does what is asked; gives the open slot.
    pub(super) fn control(&mut self, control: Control) -> Result<u64, String> {
        match control {
            Control::Skip(count) => self.skip(count),
            Control::Halt(span) => {
                self.halt = Halt::Halted(span.map(|span| Instant::now() + span));
            }
            Control::Resume => self.resume(),
            Control::RollBack(count) => self.roll_back(count)?,
            Control::SlotTime(slot) => {
                self.slot_ms = i64::try_from(slot.as_millis()).unwrap_or(i64::MAX);
                self.pace.set_slot(slot, Instant::now());
            }
        }
        Ok(self.open.slot)
    }

    /// Completes the open slot; the `count` slots after it have no block.
    fn skip(&mut self, count: u64) {
        let block = self.complete_open_slot();
        let skipped_ms = self
            .slot_ms
            .saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
        self.time.skip(skipped_ms);
        self.open.parent = self.open.slot;
        self.open.slot += count + 1;
        self.open.height += 1;
        self.open.time = self.time.seconds();
        self.open_slot(vec![block]);
    }

    /// Takes back the open slot's transactions and the last `count` blocks.
    fn roll_back(&mut self, count: u64) -> Result<(), String> {
        let available = self.undo.len() as u64;
        if count > available {
            return Err(format!(
                "{count} blocks are to be taken back, only {available} are not final"
            ));
        }
        let mut undone: Vec<AccountChange> = self.open.undo.drain(..).rev().collect();
        let mut first_dropped = self.open.slot;
        for _ in 0..count {
            if let Some((slot, changes)) = self.undo.pop_back() {
                first_dropped = slot;
                undone.extend(changes.into_iter().rev());
            }
        }
        let mut changes = Vec::with_capacity(undone.len());
        for (address, before) in undone {
            // An account without lamports is none.
            match self.vm.set_account(address, before.unwrap_or_default()) {
                Ok(change) => changes.push(change),
                Err(error) => tracing::error!(%address, error, "an account could not be taken back"),
            }
        }
        self.forget_from(first_dropped, count, &changes);
        self.open.slot += 1;
        self.open.time = self.time.seconds();
        self.open_slot(Vec::new());
        self.announce(None, changes);
        Ok(())
    }

    /// Forgets the blocks and transactions from `slot` on, `count` blocks of them completed.
    fn forget_from(&mut self, slot: u64, count: u64, changes: &[AccountChange]) {
        let (dropped, parent) = self.ledger.write(|state| {
            changes.iter().for_each(|change| state.accounts.apply(change));
            let dropped = state.history.roll_back(slot);
            let last = state.history.headers_up_to(slot).next();
            (dropped, last.map_or((0, 0), |block| (block.slot, block.height)))
        });
        self.blockhashes.roll_back(count);
        self.sysvars
            .roll_back(usize::try_from(count).unwrap_or(usize::MAX));
        for record in dropped {
            let message = &record.transaction.message;
            self.blockhashes
                .forget_seen(message.recent_blockhash(), &message.hash());
        }
        while self.unrooted.back().is_some_and(|(of, _)| *of >= slot) {
            self.unrooted.pop_back();
        }
        self.open.transactions.clear();
        self.open.updates.clear();
        self.open.parent = parent.0;
        self.open.height = parent.1 + 1;
    }
}
