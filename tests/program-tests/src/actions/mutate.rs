//! How a plausible transaction is made implausible.

use anchor_lang::prelude::Pubkey;
use client::address;
use rand::Rng;
use solana_instruction::Instruction;

use super::Fuzz;

/// Share of the transactions that are changed.
const MUTATED: f64 = 0.2;

impl Fuzz {
    /// `drawn`, now and then with something changed in it.
    pub(super) fn perhaps_mutated(&mut self, drawn: Vec<Instruction>) -> Vec<Instruction> {
        if !self.rng.gen_bool(MUTATED) {
            return drawn;
        }
        let mut mutated = drawn;
        let changes = if self.rng.gen_bool(0.8) { 1 } else { 2 };
        for _ in 0..changes {
            self.mutate(&mut mutated);
        }
        self.tally.mutated.0 += 1;
        mutated
    }

    fn mutate(&mut self, instructions: &mut Vec<Instruction>) {
        let last = instructions.len() - 1;
        let at = self.below(last + 1);
        let accounts = instructions[at].accounts.len();
        if accounts == 0 {
            return;
        }
        let one = self.below(accounts);
        let other = self.below(accounts);
        let bytes = instructions[at].data.len();
        match self.below(10) {
            // The account of another match, wallet or mint.
            0..=2 => instructions[at].accounts[one].pubkey = self.anything(),
            // The same wrong account wherever the right one stood.
            3 => {
                let (right, wrong) = (instructions[at].accounts[one].pubkey, self.anything());
                for meta in instructions[at]
                    .accounts
                    .iter_mut()
                    .filter(|meta| meta.pubkey == right)
                {
                    meta.pubkey = wrong;
                }
            }
            4 => instructions[at].accounts.swap(one, other),
            5 => {
                let meta = &mut instructions[at].accounts[one];
                if self.rng.gen() {
                    meta.is_signer = !meta.is_signer;
                } else {
                    meta.is_writable = !meta.is_writable;
                }
            }
            // An argument; the discriminator stays.
            6 if bytes > 8 => {
                let byte = self.rng.gen_range(8..bytes);
                instructions[at].data[byte] ^= 1 << self.below(8);
            }
            7 => {
                if self.rng.gen() {
                    instructions[at].accounts.truncate(one);
                } else {
                    let meta = instructions[at].accounts[one].clone();
                    instructions[at].accounts.push(meta);
                }
            }
            8 if bytes > 8 => {
                if self.rng.gen() {
                    instructions[at].data.pop();
                } else {
                    instructions[at].data.push(self.rng.gen());
                }
            }
            // Twice in one transaction: nothing is to be had twice.
            _ => {
                let again = instructions[last].clone();
                instructions.push(again);
            }
        }
    }

    /// Some address that means something to the program.
    fn anything(&mut self) -> Pubkey {
        let player = self.player();
        let operator = self.an_operator();
        let mint = self.mints[self.below(2)];
        let account = Self::operator_address(&operator, &mint);
        let tracked = match self.matches.len() {
            0 => None,
            count => Some(self.below(count)),
        };
        let of = tracked.map(|at| (self.matches[at].of, self.matches[at].last.header));
        match (self.below(14), of) {
            (0, Some((of, _))) => of.key,
            (1, Some((of, _))) => of.vault(),
            (2, Some((of, _))) => of.trace(),
            (3, Some((of, _))) => of.entry(&player),
            (4, Some((of, _))) => of.operator,
            (5, Some((_, header))) => header.randomness,
            (6, _) => address::token_account(&player, &mint, &anchor_spl::token::ID),
            (7, _) => mint,
            (8, _) => address::bond_vault(&account),
            (9, _) => account,
            (10, _) => operator,
            (11, _) => address::config(),
            (12, _) => [anchor_spl::token::ID, anchor_spl::token_2022::ID, aurelius::ID][self.below(3)],
            _ => player,
        }
    }
}
