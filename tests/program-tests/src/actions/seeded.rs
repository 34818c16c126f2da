//! A world whose every key comes from a seed, so that a run can be repeated: match addresses, and with them the seeds of
//! the games, are made of keys.

use arena::Rules;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use solana_account_4::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{World, DECIMALS};

/// A key pair made of the generator's next bytes.
pub fn keypair(rng: &mut StdRng) -> Keypair {
    Keypair::new_from_array(rng.gen())
}

impl World {
    /// As [`World::bare`], with keys from a seed.
    pub fn bare_seeded(seed: u64) -> World {
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut world = World::bare();
        world.payer = keypair(rng);
        world.upgrade_authority = keypair(rng);
        world.authority = keypair(rng);
        world.treasury = keypair(rng);
        world.operator = keypair(rng);
        world.mint_authority = keypair(rng);
        for wallet in [&world.payer, &world.authority, &world.operator, &world.treasury] {
            let wallet = wallet.pubkey();
            world
                .svm
                .airdrop(&wallet, 1_000_000_000_000)
                .expect("an airdrop lands");
        }
        let upgrade_authority = world.upgrade_authority.pubkey();
        world.forge(&client::address::program_data(), |account| {
            account.data[13..45].copy_from_slice(upgrade_authority.as_ref());
        });
        // The oracle's accounts: the mock looks at their owner alone.
        for place in 0..2 {
            let address = keypair(rng).pubkey();
            let owner = world.source.program;
            world.forge(&address, |account| {
                *account = Account {
                    lamports: 10_000_000,
                    data: vec![0; 64],
                    owner,
                    executable: false,
                    rent_epoch: u64::MAX,
                };
            });
            *[&mut world.source.queue, &mut world.oracle][place] = address;
        }
        let mint = keypair(rng);
        world.create_mint(&mint, DECIMALS);
        world.mint = mint.pubkey();
        let treasury = world.treasury.pubkey();
        world.fund(&treasury, 0);
        world
    }

    /// As [`World::new`], with keys from a seed, and these rules allowed.
    pub fn seeded(seed: u64, rules: &[Rules]) -> World {
        let mut world = World::bare_seeded(seed);
        world.initialize_config();
        world.allow_mint(world.mint);
        for rules in rules {
            world.allow_rules(rules);
        }
        let operator = world.operator.insecure_clone();
        world.register_operator(&operator, world.mint);
        world
    }
}
