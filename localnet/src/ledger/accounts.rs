//! The latest state of every account, with an index by owner.
//!
//! Contents are reference-counted and shared with the virtual machine: this is a second map, not a
//! second copy of the data.

use std::collections::{HashMap, HashSet};

use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_keypair::Address;

/// An account after a change; `None` when it is gone.
pub(crate) type AccountChange = (Address, Option<AccountSharedData>);

/// Every account of the chain.
#[derive(Default)]
pub(crate) struct Accounts {
    by_address: HashMap<Address, AccountSharedData>,
    by_owner: HashMap<Address, HashSet<Address>>,
    lamports_total: u64,
}

impl Accounts {
    pub(crate) fn get(&self, address: &Address) -> Option<&AccountSharedData> {
        self.by_address.get(address)
    }

    /// All accounts that `owner` owns, ordered by address.
    pub(crate) fn owned_by(&self, owner: &Address) -> Vec<(Address, AccountSharedData)> {
        let mut found: Vec<_> = self
            .by_owner
            .get(owner)
            .into_iter()
            .flatten()
            .filter_map(|address| Some((*address, self.by_address.get(address)?.clone())))
            .collect();
        found.sort_unstable_by_key(|(address, _)| *address);
        found
    }

    /// Lamports of all accounts together.
    pub(crate) fn lamports_total(&self) -> u64 {
        self.lamports_total
    }

    /// Puts an account's new state in place.
    pub(crate) fn apply(&mut self, (address, account): &AccountChange) {
        let added = account.as_ref().map_or(0, ReadableAccount::lamports);
        let old = match account {
            Some(account) => {
                self.by_owner
                    .entry(*account.owner())
                    .or_default()
                    .insert(*address);
                self.by_address.insert(*address, account.clone())
            }
            None => self.by_address.remove(address),
        };
        let removed = old.as_ref().map_or(0, ReadableAccount::lamports);
        self.lamports_total = self.lamports_total.saturating_sub(removed).saturating_add(added);
        let new_owner = account.as_ref().map(ReadableAccount::owner);
        if let Some(old_owner) = old.as_ref().map(ReadableAccount::owner) {
            if new_owner != Some(old_owner) {
                self.forget_owner(old_owner, address);
            }
        }
    }

    fn forget_owner(&mut self, owner: &Address, address: &Address) {
        if let Some(owned) = self.by_owner.get_mut(owner) {
            owned.remove(address);
            if owned.is_empty() {
                self.by_owner.remove(owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_index_follows_every_change() {
        let (a, b) = (Address::from([1; 32]), Address::from([2; 32]));
        let at = Address::from([9; 32]);
        let mut accounts = Accounts::default();
        accounts.apply(&(at, Some(AccountSharedData::new(5, 0, &a))));
        assert_eq!(accounts.owned_by(&a).len(), 1);
        assert_eq!(accounts.lamports_total(), 5);

        accounts.apply(&(at, Some(AccountSharedData::new(7, 0, &b))));
        assert_eq!(accounts.owned_by(&a).len(), 0);
        assert_eq!(accounts.owned_by(&b).len(), 1);
        assert_eq!(accounts.lamports_total(), 7);

        accounts.apply(&(at, None));
        assert_eq!(accounts.owned_by(&b).len(), 0);
        assert_eq!(accounts.lamports_total(), 0);
        assert!(accounts.by_owner.is_empty());
    }
}
