//! Putting a wrong account where a right one belongs.

use anchor_lang::prelude::Pubkey;
use solana_instruction::Instruction;

/// `instruction` with `wrong` in every place of `right`, which must be there.
#[track_caller]
pub fn swapped(mut instruction: Instruction, right: &Pubkey, wrong: &Pubkey) -> Instruction {
    let mut places = 0;
    for meta in instruction
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == *right)
    {
        meta.pubkey = *wrong;
        places += 1;
    }
    assert!(places > 0, "the instruction does not name {right}");
    instruction
}
