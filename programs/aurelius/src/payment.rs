//! The rules by which tokens enter and leave a vault. Every transfer of the program is here.
//!
//! Invariants: tokens leave only to the canonical token account of the recorded owner, and a
//! stranger may push them there only when nobody but that owner can touch the account; mints whose
//! extensions could block, tax or seize a vault are refused before a match exists.

use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke},
};
use anchor_spl::{
    associated_token::get_associated_token_address_with_program_id,
    token::spl_token,
    token_2022::spl_token_2022::{
        self,
        extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    },
    token_interface::{self, TokenAccount, TransferChecked},
};

use crate::{
    error::{refuse, AureliusError},
    state::seeds,
};

/// Extensions that change nothing about who can move a token and how many arrive. Everything else
/// is refused, also what is unknown today: fees, hooks, permanent delegates, default frozen
/// accounts, non-transferable and pausable mints, mint close authorities, confidential transfers.
const HARMLESS_EXTENSIONS: [ExtensionType; 6] = [
    ExtensionType::MetadataPointer,
    ExtensionType::TokenMetadata,
    ExtensionType::GroupPointer,
    ExtensionType::TokenGroup,
    ExtensionType::GroupMemberPointer,
    ExtensionType::TokenGroupMember,
];

/// Refuses mints that could endanger the escrow. Classic mints have no extensions.
#[inline(never)]
pub fn vet_mint(mint: &AccountInfo) -> Result<()> {
    if *mint.owner == spl_token::ID {
        return Ok(());
    }
    let data = mint.try_borrow_data()?;
    let state = StateWithExtensions::<spl_token_2022::state::Mint>::unpack(&data)
        .map_err(|_| refuse(AureliusError::MintUninitialized))?;
    let extensions = state
        .get_extension_types()
        .map_err(|_| refuse(AureliusError::MintExtensionForbidden))?;
    for extension in extensions {
        ensure!(
            HARMLESS_EXTENSIONS.contains(&extension),
            AureliusError::MintExtensionForbidden
        );
    }
    Ok(())
}

/// Slots after the last deadline of a match after which what could not be paid may go to the holder of whom it is
/// owed to: a day of slots of 400 ms. By then whoever can be paid has been.
pub const HOLD_AFTER_SLOTS: u64 = 216_000;

/// Who shall receive tokens, and who asks for it.
pub struct Recipient<'a> {
    /// The recorded owner.
    pub owner: &'a Pubkey,
    /// The signer who asks, where there is one.
    pub caller: Option<&'a Pubkey>,
    /// Mint of the tokens.
    pub mint: &'a Pubkey,
    /// Its token program.
    pub token_program: &'a Pubkey,
    /// Whether it may be held for them, because it has waited long enough: see [`HOLD_AFTER_SLOTS`].
    pub may_hold: bool,
}

impl Recipient<'_> {
    /// Checks that `account` is the owner's canonical token account, or that of their holder where `may_hold`
    /// says so, still theirs, and out of anybody else's reach unless they ask in person.
    #[inline(never)]
    pub fn check(&self, account: &AccountInfo) -> Result<()> {
        if *account.key == self.canonical(self.owner) {
            return self.check_owned(account, self.owner);
        }
        let (holder, _) = seeds::holder_address(self.owner);
        ensure!(
            *account.key == self.canonical(&holder),
            AureliusError::RecipientMismatch
        );
        ensure!(self.may_hold, AureliusError::HoldingTooEarly);
        self.check_owned(account, &holder)
    }

    fn canonical(&self, owner: &Pubkey) -> Pubkey {
        get_associated_token_address_with_program_id(owner, self.mint, self.token_program)
    }

    fn check_owned(&self, account: &AccountInfo, owner: &Pubkey) -> Result<()> {
        ensure!(
            *account.owner == *self.token_program,
            AureliusError::RecipientAccountMissing
        );
        let token = TokenAccount::try_deserialize(&mut &account.try_borrow_data()?[..])
            .map_err(|_| refuse(AureliusError::RecipientAccountMissing))?;
        ensure!(token.owner == *owner, AureliusError::RecipientOwnerChanged);
        if self.caller != Some(owner) {
            ensure!(token.delegate.is_none(), AureliusError::RecipientHasDelegate);
            ensure!(
                token.close_authority.is_none(),
                AureliusError::RecipientHasCloseAuthority
            );
        }
        Ok(())
    }
}

/// The accounts of a transfer into a vault.
pub struct Deposit<'a, 'info> {
    /// Its token program.
    pub token_program: &'a AccountInfo<'info>,
    /// Token account that pays.
    pub from: &'a AccountInfo<'info>,
    /// Mint of the tokens.
    pub mint: &'a AccountInfo<'info>,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Signs for `from`.
    pub authority: &'a AccountInfo<'info>,
}

impl<'info> Deposit<'_, 'info> {
    /// Moves `amount` into `vault`, and checks that all of it arrived.
    #[inline(never)]
    pub fn take(&self, vault: &mut InterfaceAccount<'info, TokenAccount>, amount: u64) -> Result<()> {
        let before = vault.amount;
        token_interface::transfer_checked(
            CpiContext::new(
                *self.token_program.key,
                TransferChecked {
                    from: self.from.clone(),
                    mint: self.mint.clone(),
                    to: vault.to_account_info(),
                    authority: self.authority.clone(),
                },
            ),
            amount,
            self.decimals,
        )?;
        vault.reload()?;
        ensure!(
            vault.amount.checked_sub(before) == Some(amount),
            AureliusError::DepositShort
        );
        Ok(())
    }
}

/// Seeds by which a vault's authority signs, bump last.
pub type SignerSeeds<'a> = [&'a [u8]; 4];

/// The accounts of a transfer out of a vault.
pub struct VaultTransfer<'a, 'info> {
    /// Token program of the mint.
    pub token_program: &'a AccountInfo<'info>,
    /// Token account that pays.
    pub vault: &'a AccountInfo<'info>,
    /// Mint of the tokens.
    pub mint: &'a AccountInfo<'info>,
    /// Decimals of the mint.
    pub decimals: u8,
    /// The match, operator or holder account, which is the vault's authority.
    pub authority: &'a AccountInfo<'info>,
    /// The memo program, where a memo shall go before the transfer.
    pub memo_program: Option<&'a AccountInfo<'info>>,
}

impl<'info> VaultTransfer<'_, 'info> {
    /// Moves `amount` to `to`. Zero moves nothing.
    #[inline(never)]
    pub fn send(&self, to: &AccountInfo<'info>, amount: u64, seeds: &SignerSeeds) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        self.write_memo()?;
        token_interface::transfer_checked(
            CpiContext::new_with_signer(
                *self.token_program.key,
                TransferChecked {
                    from: self.vault.clone(),
                    mint: self.mint.clone(),
                    to: to.clone(),
                    authority: self.authority.clone(),
                },
                &[seeds],
            ),
            amount,
            self.decimals,
        )
    }

    /// Token-2022 looks for a memo in the instruction before the transfer, at the same depth of calls, where the
    /// recipient's account asks for one.
    fn write_memo(&self) -> Result<()> {
        let Some(memo_program) = self.memo_program else {
            return Ok(());
        };
        ensure!(
            *memo_program.key == MEMO_PROGRAM,
            AureliusError::MemoProgramMismatch
        );
        let memo = Instruction {
            program_id: MEMO_PROGRAM,
            accounts: Vec::new(),
            data: MEMO.to_vec(),
        };
        Ok(invoke(&memo, core::slice::from_ref(memo_program))?)
    }

    /// Burns `amount` out of the vault. Zero burns nothing.
    #[inline(never)]
    pub fn burn(&self, amount: u64, seeds: &SignerSeeds) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        token_interface::burn(
            CpiContext::new_with_signer(
                *self.token_program.key,
                token_interface::Burn {
                    mint: self.mint.clone(),
                    from: self.vault.clone(),
                    authority: self.authority.clone(),
                },
                &[seeds],
            ),
            amount,
        )
    }
}

/// The memo program, for recipients whose token account takes no transfer without a memo.
pub const MEMO_PROGRAM: Pubkey = pubkey!("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
/// The memo.
const MEMO: &[u8] = b"aurelius";

/// An address that is no public key: what is sent to its token accounts never moves again.
pub const INCINERATOR: Pubkey = pubkey!("1nc1nerator11111111111111111111111111111111");

/// Whether a mint is wrapped SOL, of either token program.
pub fn is_native_mint(mint: &Pubkey) -> bool {
    *mint == spl_token::native_mint::ID || *mint == spl_token_2022::native_mint::ID
}
