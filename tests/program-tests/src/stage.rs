//! Moves a match from one status to the next, the honest way.

use anchor_lang::prelude::Pubkey;
use arena::{HostSha256, Rules, Sha256};
use aurelius::state::MatchStatus;
use client::address;
use client::entropy::Reveal;
use client::instruction::{
    self, Continues, CreateMatch, CreateMatchArgs, Enter, EnterArgs, MatchRef, Planned, Terms,
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::game::{Checkpoint, SLOT_US};
use crate::setup::quick_blitz;
use crate::{slots, Game, World};

/// How a match is opened.
#[derive(Clone)]
pub struct MatchOptions {
    pub rules: Rules,
    pub stake_per_warrior: u64,
    pub players_max: u8,
    pub warriors_max: u8,
    pub scheduled_slot: u64,
}

impl Default for MatchOptions {
    fn default() -> Self {
        MatchOptions {
            rules: quick_blitz(),
            stake_per_warrior: 1_000_000,
            players_max: 20,
            warriors_max: 20,
            scheduled_slot: 0,
        }
    }
}

/// A match, its players, and what its operator computes.
pub struct Played {
    pub of: MatchRef,
    pub options: MatchOptions,
    pub game: Game,
    /// By slot.
    pub players: Vec<Keypair>,
    pub randomness: Pubkey,
    pub recent_slot: u64,
}

impl World {
    pub fn create_args(&self, options: &MatchOptions, game: &Game) -> CreateMatchArgs {
        let args = CreateMatchArgs {
            rules: options.rules.as_bytes().to_vec(),
            stake_per_warrior: options.stake_per_warrior,
            players_max: options.players_max,
            warriors_max: options.warriors_max,
            drip_root: game.drip_root(),
            receipt_key: self.receipts.pubkey(),
            scheduled_slot: options.scheduled_slot,
            expect_terms: [0; 32],
            slot_us: SLOT_US,
        };
        self.agreed(args)
    }

    /// The same, on the terms that the config has now.
    pub fn agreed(&self, args: CreateMatchArgs) -> CreateMatchArgs {
        let config = self.config_state();
        let planned = Planned {
            stake_per_warrior: args.stake_per_warrior,
            warriors_max: args.warriors_max,
            rules_hash: HostSha256::sha256(&[&args.rules]),
            scheduled_slot: args.scheduled_slot,
            slot_us: args.slot_us,
        };
        let terms = Terms::of_new(&config.windows, &config.bond, &planned);
        CreateMatchArgs {
            expect_terms: terms.map_or([0; 32], |terms| terms.hash::<HostSha256>()),
            ..args
        }
    }

    /// The next match id of the world's operator, and the accounts that creating it names. The money of that match is
    /// counted from now on: creating it reserves bond.
    pub fn next_create(&mut self) -> CreateMatch {
        let match_id = self.next_match_id;
        self.next_match_id += 1;
        let create = CreateMatch {
            authority: self.operator.pubkey(),
            crank: self.operator.pubkey(),
            payer: self.payer.pubkey(),
            mint: self.mint,
            token_program: anchor_spl::token::ID,
            match_id,
        };
        self.watch(create.match_ref());
        create
    }

    /// An open match with its randomness account, no players yet.
    pub fn open_match(&mut self, options: MatchOptions) -> Played {
        let create = self.next_create();
        let operator = self.operator.insecure_clone();
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&create.match_id.to_le_bytes());
        let game = Game::new(options.rules, secret);
        let args = self.create_args(&options, &game);
        self.send(&[instruction::create_match(&create, args)], &[&operator]);
        let of = create.match_ref();
        let recent_slot = self.slot() - 1;
        let payer = self.payer.pubkey();
        let init = instruction::init_randomness(&self.source, operator.pubkey(), payer, of.key, recent_slot);
        self.send(&[init], &[&operator]);
        let randomness = address::randomness(&of.key, recent_slot);
        Played {
            of,
            options,
            game,
            players: Vec::new(),
            randomness,
            recent_slot,
        }
    }

    /// What a player agrees to when they enter with `warriors`; their session key is the wallet's own, which a test may
    /// do and a player should not.
    pub fn enter_args(&self, played: &Played, player: &Pubkey, warriors: u8) -> EnterArgs {
        let header = self.match_state(&played.of).header;
        EnterArgs {
            warriors,
            session_key: *player,
            expect_stake: played.options.stake_per_warrior,
            expect_rules_hash: played.options.rules.hash::<HostSha256>(),
            expect_terms: header.terms_hash,
            expect_late: header.status == MatchStatus::Live as u8,
        }
    }

    /// The instruction by which `player` enters; the world's payer pays the rent.
    pub fn enter_instruction(&self, played: &Played, player: &Pubkey, warriors: u8) -> Instruction {
        let accounts = Enter {
            payer: self.payer.pubkey(),
            ..Enter::own(*player, &played.of)
        };
        instruction::enter(&played.of, &accounts, self.enter_args(played, player, warriors))
    }

    /// A new player with just the tokens they need enters.
    pub fn enter(&mut self, played: &mut Played, warriors: u8) -> Keypair {
        let player = self.player(played.options.stake_per_warrior * u64::from(warriors));
        let enter = self.enter_instruction(played, &player.pubkey(), warriors);
        self.send(&[enter], &[&player]);
        let slot = usize::from(self.entry(&played.of, &player.pubkey()).slot_index);
        if slot == played.players.len() {
            played.players.push(player.insecure_clone());
        } else {
            played.players[slot] = player.insecure_clone();
        }
        player
    }

    pub fn lock_instruction(&self, played: &Played) -> Instruction {
        instruction::lock_match(
            &self.source,
            self.operator.pubkey(),
            played.of.key,
            played.randomness,
            self.oracle,
        )
    }

    pub fn lock(&mut self, played: &Played) {
        let operator = self.operator.insecure_clone();
        self.send(&[self.lock_instruction(played)], &[&operator]);
    }

    /// The oracle's answer to the commitment of a locked match.
    pub fn oracle_answer(&self, played: &Played) -> Reveal {
        let seed_slot = self.match_state(&played.of).header.seed_slot;
        let value = mock_switchboard::oracle_value(&slots::hash_of(seed_slot), &played.randomness);
        Reveal {
            signature: mock_switchboard::oracle_signature(&value),
            recovery_id: 0,
            value,
        }
    }

    pub fn start_instruction(&self, played: &Played, reveal: &Reveal) -> Instruction {
        instruction::start_match(
            &self.source,
            self.payer.pubkey(),
            played.of.key,
            played.randomness,
            self.oracle,
            reveal,
        )
    }

    /// Starts a locked match and sets the game going as the program did.
    pub fn start(&mut self, played: &mut Played) {
        self.pass_slots(2);
        let reveal = self.oracle_answer(played);
        self.send(&[self.start_instruction(played, &reveal)], &[]);
        let state = self.match_state(&played.of);
        let owners: Vec<u8> = state
            .slots
            .iter()
            .enumerate()
            .flat_map(|(player, slot)| std::iter::repeat_n(player as u8, usize::from(slot.warriors)))
            .collect();
        let seed = arena::match_seed::<HostSha256>(&played.of.key.to_bytes(), &reveal.value);
        played.game.start(
            &owners,
            usize::from(state.header.capacity),
            seed,
            state.header.started_slot,
        );
    }

    /// What the next checkpoint goes on from, as the chain has it.
    pub fn continues(&self, played: &Played) -> Continues {
        let header = self.match_state(&played.of).header;
        Continues::from_leaf(&header.last_leaf, header.warriors_admitted)
    }

    /// What posts a checkpoint, once the slot that decides its rolls has passed.
    pub fn checkpoint_instruction(&mut self, played: &Played, checkpoint: &Checkpoint) -> Instruction {
        if let Some(slot) = played.game.beacon_slot(checkpoint.index) {
            self.go_to_slot(self.slot().max(slot + 1));
        }
        instruction::post_checkpoint(
            self.operator.pubkey(),
            played.of.key,
            checkpoint.index,
            self.continues(played),
            checkpoint.drip_key,
            instruction::beacon_prefix(&checkpoint.beacon),
            checkpoint.leaves.clone(),
            checkpoint.inputs.clone(),
        )
    }

    /// Posts the next checkpoint of a live match, without inputs.
    pub fn post(&mut self, played: &mut Played) -> Checkpoint {
        let checkpoint = played.game.checkpoint(&[]);
        let operator = self.operator.insecure_clone();
        let post = self.checkpoint_instruction(played, &checkpoint);
        self.send(&[post], &[&operator]);
        checkpoint
    }

    /// Posts checkpoints until the match has ended.
    pub fn post_all(&mut self, played: &mut Played) {
        while !played.game.ended() {
            self.post(played);
        }
    }

    /// Shows the final state, through an upload when it does not fit a transaction.
    pub fn submit(&mut self, played: &Played) {
        let state = played.game.state_bytes();
        if state.len() <= 800 {
            self.send(&[instruction::submit_result(played.of.key, state)], &[]);
            return;
        }
        let owner = self.operator.insecure_clone();
        let (upload_id, upload) = self.upload(&owner, &state);
        self.send(&[instruction::submit_uploaded_result(played.of.key, upload)], &[]);
        self.send(&[instruction::close_upload(owner.pubkey(), upload_id)], &[&owner]);
    }

    /// Writes `bytes` into a new upload of `owner`, who pays its rent. Its id and its address.
    pub fn upload(&mut self, owner: &Keypair, bytes: &[u8]) -> (u64, Pubkey) {
        let upload_id = u64::from(self.unique);
        let open = instruction::open_upload(owner.pubkey(), upload_id, bytes.len() as u32);
        self.send(&[open], &[owner]);
        for write in instruction::write_upload_chunks(owner.pubkey(), upload_id, bytes) {
            self.send(&[write], &[owner]);
        }
        (upload_id, address::upload(&owner.pubkey(), upload_id))
    }

    /// Waits for the challenge window and makes the payouts claimable.
    pub fn finalize(&mut self, played: &Played) {
        let deadline = self.match_state(&played.of).header.challenge_deadline;
        self.go_to_slot(deadline + 1);
        self.send(&[instruction::finalize(&played.of)], &[]);
    }

    /// Collects a slash and waits until its shares are paid.
    pub fn collect(&mut self, of: &MatchRef) {
        self.send(&[instruction::collect_slash(of)], &[]);
        let payable = self.match_state(of).header.slash_payable_slot;
        self.go_to_slot(payable.max(self.slot()));
    }

    // Shortcuts to a status, with `entries[i]` warriors of player `i`.

    pub fn opened(&mut self, entries: &[u8]) -> Played {
        self.opened_as(MatchOptions::default(), entries)
    }

    pub fn opened_as(&mut self, options: MatchOptions, entries: &[u8]) -> Played {
        let mut played = self.open_match(options);
        for &warriors in entries {
            self.enter(&mut played, warriors);
        }
        played
    }

    pub fn locked(&mut self, entries: &[u8]) -> Played {
        let played = self.opened(entries);
        self.lock(&played);
        played
    }

    pub fn live(&mut self, entries: &[u8]) -> Played {
        self.live_as(MatchOptions::default(), entries)
    }

    pub fn live_as(&mut self, options: MatchOptions, entries: &[u8]) -> Played {
        let mut played = self.opened_as(options, entries);
        self.lock(&played);
        self.start(&mut played);
        played
    }

    pub fn proposed(&mut self, entries: &[u8]) -> Played {
        let mut played = self.live(entries);
        self.post_all(&mut played);
        self.submit(&played);
        played
    }

    pub fn settled(&mut self, entries: &[u8]) -> Played {
        let played = self.proposed(entries);
        self.finalize(&played);
        played
    }

    /// A match that ran out of time while open.
    pub fn cancelled(&mut self, entries: &[u8]) -> Played {
        let played = self.opened(entries);
        let deadline = self.match_state(&played.of).header.lock_deadline;
        self.go_to_slot(deadline + 1);
        let payer = self.payer.pubkey();
        self.send(&[instruction::cancel(&played.of, payer)], &[]);
        played
    }

    /// A match whose operator went silent after the start.
    pub fn voided(&mut self, entries: &[u8]) -> Played {
        let played = self.live(entries);
        let deadline = self.match_state(&played.of).header.progress_deadline;
        self.go_to_slot(deadline + 1);
        self.send(&[instruction::void_match(&played.of, self.payer.pubkey())], &[]);
        played
    }
}
