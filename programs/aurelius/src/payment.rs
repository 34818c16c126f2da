//! The rules by which tokens enter and leave a vault. Every transfer of the program is here.
//!
//! Invariants: tokens leave only to the canonical token account of the recorded owner, and a
//! stranger may push them there only when nobody but that owner can touch the account; mints whose
//! extensions could block, tax or seize a vault are refused before a match exists.

use anchor_lang::prelude::*;
use anchor_spl::{
    associated_token::get_associated_token_address_with_program_id,
    token::spl_token,
    token_2022::spl_token_2022::{
        self,
        extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    },
    token_interface::{self, TokenAccount, TransferChecked},
};

use crate::error::{refuse, AureliusError};

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
}

impl Recipient<'_> {
    /// Checks that `account` is the owner's canonical token account, still theirs, and out of anybody
    /// else's reach unless they ask in person.
    #[inline(never)]
    pub fn check(&self, account: &AccountInfo) -> Result<()> {
        let canonical =
            get_associated_token_address_with_program_id(self.owner, self.mint, self.token_program);
        ensure!(*account.key == canonical, AureliusError::RecipientMismatch);
        ensure!(
            *account.owner == *self.token_program,
            AureliusError::RecipientAccountMissing
        );
        let token = TokenAccount::try_deserialize(&mut &account.try_borrow_data()?[..])
            .map_err(|_| refuse(AureliusError::RecipientAccountMissing))?;
        ensure!(token.owner == *self.owner, AureliusError::RecipientOwnerChanged);
        if self.caller != Some(self.owner) {
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
    /// The match or operator account, which is the vault's authority.
    pub authority: &'a AccountInfo<'info>,
}

impl<'info> VaultTransfer<'_, 'info> {
    /// Moves `amount` to `to`. Zero moves nothing.
    #[inline(never)]
    pub fn send(&self, to: &AccountInfo<'info>, amount: u64, seeds: &SignerSeeds) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
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

/// An address that is no public key: what is sent to its token accounts never moves again.
pub const INCINERATOR: Pubkey = pubkey!("1nc1nerator11111111111111111111111111111111");

/// Whether a mint is wrapped SOL, of either token program.
pub fn is_native_mint(mint: &Pubkey) -> bool {
    *mint == spl_token::native_mint::ID || *mint == spl_token_2022::native_mint::ID
}
