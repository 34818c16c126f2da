//! One match, from `create_match` to `close_match`.

use std::time::Duration;

use arena::{HostSha256, Rules};
use client::aurelius::beacon::SLOT_US_MAX;
use client::entropy::switchboard::Randomness;
use client::entropy::Reveal;
use client::instruction::{self, CreateMatch, CreateMatchArgs, Enter, EnterArgs, MatchRef};
use client::rpc::SLOT_HASHES_MAX;
use client::view::{fetch, MatchStatus, MatchView};
use client::{address, Error, Pubkey};
use ed25519_dalek::SigningKey;
use protocol::directory::Amount;
use protocol::replay::{Replay, ReplayPlayer};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, WalletKey};
use solana_signer::Signer;

use super::contest::{Contest, Contestant, Posted};
use super::scene::Scene;

/// What a match is played for.
#[derive(Clone, Copy)]
pub struct MatchTerms {
    pub rules: Rules,
    pub stake_per_warrior: u64,
    pub players_max: u8,
    pub warriors_max: u8,
}

/// Drives one match as an honest operator. Every step is one or more confirmed transactions.
pub struct MatchDriver<'a> {
    pub scene: &'a Scene,
    pub terms: MatchTerms,
    pub reference: MatchRef,
    pub contestants: Vec<Contestant>,
    pub contest: Option<Contest>,
    pub match_id: u64,
    drip: Vec<[u8; 32]>,
    randomness_slot: u64,
    reveal: Option<Reveal>,
}

impl<'a> MatchDriver<'a> {
    /// Creates a match and its randomness account.
    pub async fn open(scene: &'a Scene, terms: MatchTerms) -> Self {
        let operator = scene.operator.pubkey();
        let account = fetch::operator(&scene.rpc, address::operator(&operator, &scene.mint))
            .await
            .unwrap()
            .unwrap();
        let create = CreateMatch {
            authority: operator,
            crank: operator,
            payer: operator,
            mint: scene.mint,
            token_program: anchor_spl::token::ID,
            match_id: account.next_match_id,
        };
        let drip = drip_chain(rand::random(), terms.rules.checkpoint_count());
        let mut args = CreateMatchArgs {
            rules: terms.rules.as_bytes().to_vec(),
            stake_per_warrior: terms.stake_per_warrior,
            players_max: terms.players_max,
            warriors_max: terms.warriors_max,
            receipt_key: operator,
            drip_root: drip[0],
            scheduled_slot: 0,
            expect_terms: [0; 32],
            // As long as may be: the fewest slots to wait for.
            slot_us: SLOT_US_MAX,
        };
        let config = fetch::config(&scene.rpc).await.unwrap().unwrap();
        args.expect_terms = config.terms_of(&args).unwrap();
        scene
            .run(&[instruction::create_match(&create, args)], &scene.operator, &[])
            .await;
        let reference = create.match_ref();
        // A slot that is complete, so that its hash is known when the transaction runs.
        let randomness_slot = scene.rpc.slot().await.unwrap() - 1;
        let init =
            instruction::init_randomness(&scene.source, operator, operator, reference.key, randomness_slot);
        scene.run(&[init], &scene.operator, &[]).await;
        Self {
            scene,
            terms,
            reference,
            contestants: Vec::new(),
            contest: None,
            match_id: create.match_id,
            drip,
            randomness_slot,
            reveal: None,
        }
    }

    /// The match as the chain has it.
    pub async fn view(&self) -> MatchView {
        fetch::match_account(&self.scene.rpc, self.reference.key)
            .await
            .unwrap()
            .unwrap()
    }

    /// A new player with a new wallet enters; gives their place among the contestants.
    pub async fn join(&mut self, warriors: u8) -> usize {
        let contestant = Contestant::new(self.scene.wallet().await, warriors);
        self.enter(&contestant).await.unwrap();
        self.contestants.push(contestant);
        self.contestants.len() - 1
    }

    /// Sends one `enter`.
    pub async fn enter(&self, contestant: &Contestant) -> Result<(), Error> {
        let header = self.view().await.header;
        let args = EnterArgs {
            warriors: contestant.warriors,
            session_key: contestant.session_key(),
            expect_stake: self.terms.stake_per_warrior,
            expect_rules_hash: self.terms.rules.hash::<HostSha256>(),
            expect_terms: header.terms_hash,
            expect_late: header.status == MatchStatus::Live as u8,
        };
        let enter = Enter::own(contestant.wallet.pubkey(), &self.reference);
        let instruction = instruction::enter(&self.reference, &enter, args);
        self.scene
            .sender
            .send_and_confirm(&[instruction], &contestant.wallet, &[])
            .await
            .map(|_| ())
    }

    /// A player leaves with their stake.
    pub async fn leave(&mut self, contestant: usize) {
        let player = self.contestants.remove(contestant);
        let wallet = player.wallet.pubkey();
        let leave = instruction::Leave {
            player: wallet,
            rent_payer: wallet,
        };
        self.scene
            .run(
                &[instruction::leave(&self.reference, &leave)],
                &player.wallet,
                &[],
            )
            .await;
    }

    /// The match's randomness account.
    pub fn randomness(&self) -> Pubkey {
        address::randomness(&self.reference.key, self.randomness_slot)
    }

    /// Closes entries and commits to the randomness.
    pub async fn lock(&self) {
        let scene = self.scene;
        let lock = instruction::lock_match(
            &scene.source,
            scene.operator.pubkey(),
            self.reference.key,
            self.randomness(),
            scene.oracle,
        );
        scene.run(&[lock], &scene.operator, &[]).await;
    }

    /// Fetches the oracle's answer from the gateway, reveals it, and begins the contest from what the chain then says.
    pub async fn start(&mut self) {
        let scene = self.scene;
        let account = scene.rpc.account(&self.randomness()).await.unwrap().unwrap();
        let committed = Randomness::decode(&account, &scene.source.program).unwrap();
        let commitment = committed.commitment(self.randomness()).unwrap();
        let reveal = scene
            .entropy
            .reveal(&scene.chain.gateway_url, &commitment)
            .await
            .unwrap();
        let start = instruction::start_match(
            &scene.source,
            scene.operator.pubkey(),
            self.reference.key,
            self.randomness(),
            scene.oracle,
            &reveal,
        );
        scene.run(&[start], &scene.operator, &[]).await;
        self.reveal = Some(reveal);

        let view = self.view().await;
        let sessions = view
            .players()
            .map(|player| (player.index, self.session_of(&player.wallet)));
        self.contest = Some(Contest::new(
            self.terms.rules,
            self.reference.key.to_bytes(),
            view.header.seed,
            view.owners(),
            usize::from(view.header.capacity),
            self.drip.clone(),
            sessions,
        ));
    }

    fn session_of(&self, wallet: &Pubkey) -> SigningKey {
        self.contestants
            .iter()
            .find(|player| player.wallet.pubkey() == *wallet)
            .unwrap()
            .session
            .clone()
    }

    /// A late player enters, and with `admit` comes into play with the next segment.
    pub async fn join_late(&mut self, warriors: u8, admit: bool) -> usize {
        let place = self.join(warriors).await;
        if admit {
            let wallet = self.contestants[place].wallet.pubkey();
            let index = self.view().await.player(&wallet).unwrap().index;
            let session = self.session_of(&wallet);
            self.contest.as_mut().unwrap().admit(index, session, warriors);
        }
        place
    }

    /// The instruction that posts `posted`.
    pub fn post(&self, posted: Posted) -> solana_instruction::Instruction {
        let Posted {
            index,
            continues,
            drip_key,
            beacon,
            leaves,
            inputs,
        } = posted;
        instruction::post_checkpoint(
            self.scene.operator.pubkey(),
            self.reference.key,
            index,
            continues,
            drip_key,
            instruction::beacon_prefix(&beacon),
            leaves,
            inputs,
        )
    }

    /// Plays one checkpoint, once its slot has passed.
    pub async fn next(&mut self) -> Posted {
        let index = self.contest.as_ref().unwrap().next_checkpoint();
        let slot = self.view().await.header.beacon_slot(index).unwrap();
        let beacon = loop {
            let hashes = self.scene.rpc.slot_hashes(SLOT_HASHES_MAX).await.unwrap();
            if let Some(hash) = hashes.of(slot) {
                break hash;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        self.contest.as_mut().unwrap().next(beacon)
    }

    /// Plays and posts one checkpoint.
    pub async fn checkpoint(&mut self) {
        let posted = self.next().await;
        let instruction = self.post(posted);
        self.scene.run(&[instruction], &self.scene.operator, &[]).await;
    }

    /// Plays and posts to the end.
    pub async fn play_out(&mut self) {
        while !self.contest.as_ref().unwrap().ended() {
            self.checkpoint().await;
        }
    }

    /// Shows the final state: in the instruction if it fits, else through an upload.
    pub async fn submit_result(&self) {
        const INLINE_BYTES_MAX: usize = 900;
        let (scene, state) = (self.scene, self.contest.as_ref().unwrap().state().to_vec());
        let operator = scene.operator.pubkey();
        if state.len() <= INLINE_BYTES_MAX {
            scene
                .run(
                    &[instruction::submit_result(self.reference.key, state)],
                    &scene.operator,
                    &[],
                )
                .await;
            return;
        }
        let id = self.match_id;
        scene
            .run(
                &[instruction::open_upload(operator, id, state.len() as u32)],
                &scene.operator,
                &[],
            )
            .await;
        for write in instruction::write_upload_chunks(operator, id, &state) {
            scene.run(&[write], &scene.operator, &[]).await;
        }
        let submit = instruction::submit_uploaded_result(self.reference.key, address::upload(&operator, id));
        scene.run(&[submit], &scene.operator, &[]).await;
        scene
            .run(&[instruction::close_upload(operator, id)], &scene.operator, &[])
            .await;
    }

    /// Waits for the challenge window and settles.
    pub async fn finalize(&self) {
        self.scene.pass(self.view().await.header.challenge_deadline).await;
        self.scene
            .run(
                &[instruction::finalize(&self.reference)],
                &self.scene.operator,
                &[],
            )
            .await;
    }

    /// Claims for everybody who is owed something.
    pub async fn claim_all(&self) {
        let operator = self.scene.operator.pubkey();
        for player in self
            .view()
            .await
            .players()
            .filter(|player| player.payout > 0 && !player.claimed)
        {
            let claim = instruction::claim(&self.reference, operator, &player.wallet);
            self.scene.run(&[claim], &self.scene.operator, &[]).await;
        }
    }

    /// Refunds everybody, out of a cancelled or voided match.
    pub async fn refund_all(&self) {
        let operator = self.scene.operator.pubkey();
        for player in self.view().await.players() {
            let refund = instruction::refund(&self.reference, operator, &player.wallet);
            self.scene.run(&[refund], &self.scene.operator, &[]).await;
        }
    }

    /// Collects a forfeit bond and pays its shares.
    pub async fn share_slash(&self) {
        let collect = instruction::collect_slash(&self.reference);
        self.scene.run(&[collect], &self.scene.operator, &[]).await;
        self.scene.pass(self.view().await.header.slash_payable_slot).await;
        self.refund_all().await;
        let challenger = self.view().await.header.challenger;
        let award = instruction::claim_award(&self.reference, self.scene.operator.pubkey(), &challenger);
        self.scene.run(&[award], &self.scene.operator, &[]).await;
    }

    /// Pays the fee and burns the burn share.
    pub async fn sweep_and_burn(&self) {
        let treasury = &self.scene.treasury;
        let sweep = instruction::sweep_fee(&self.reference, treasury);
        let burn = instruction::burn(&self.reference, treasury);
        self.scene.run(&[sweep, burn], &self.scene.operator, &[]).await;
    }

    /// Closes entries, randomness, match, trace and vault.
    pub async fn close(&self) {
        let (scene, operator) = (self.scene, self.scene.operator.pubkey());
        let view = self.view().await;
        for entry in fetch::entries_of(&scene.rpc, &view).await.unwrap() {
            let close = instruction::close_entry(self.reference.key, &entry.player, entry.rent_payer);
            scene.run(&[close], &scene.operator, &[]).await;
        }
        let mut closing = Vec::new();
        // Closing the randomness of a match that was never locked is refused: its payer waives that rent.
        if view.status != MatchStatus::Cancelled {
            let close = instruction::close_randomness(
                &scene.source,
                self.reference.key,
                self.randomness(),
                operator,
                self.randomness_slot,
            );
            closing.push(close);
        }
        let close = instruction::CloseMatch {
            caller: operator,
            rent_payer: operator,
            treasury_of_surplus: None,
        };
        closing.push(instruction::close_match(&self.reference, &close));
        for instruction in closing {
            scene.run(&[instruction], &scene.operator, &[]).await;
        }
    }

    /// The replay file of a settled match, before its accounts are closed.
    pub async fn replay(&self) -> Replay {
        let view = self.view().await;
        let contest = self.contest.as_ref().unwrap();
        let players = view.players().map(|player| ReplayPlayer {
            slot: PlayerSlot(player.index),
            wallet: WalletKey(player.wallet.to_bytes()),
            session: SessionKey(self.session_of(&player.wallet).verifying_key().to_bytes()),
            warriors: player.warriors,
            late: player.late,
            paid: Amount(player.paid),
            payout: Amount(player.payout),
        });
        Replay {
            program: PublicKey(client::PROGRAM_ID.to_bytes()),
            match_key: MatchKey(self.reference.key.to_bytes()),
            match_id: self.match_id,
            operator: PublicKey(self.scene.operator.pubkey().to_bytes()),
            mode: view.mode,
            rules: self.terms.rules.as_bytes().to_vec(),
            capacity: view.header.capacity,
            warriors_at_start: view.header.warriors_at_start,
            owners: view.owners().into_iter().map(PlayerSlot).collect(),
            players: players.collect(),
            randomness: Hash(view.header.randomness_value),
            seed: Hash(view.header.seed),
            drip_root: Hash(self.drip[0]),
            genesis_leaf: Hash(view.header.genesis_leaf),
            checkpoints: contest.checkpoints.clone(),
            inputs: contest.inputs.clone(),
            final_state: contest.state().to_vec(),
        }
    }
}

/// Root first: every key's hash is the one before it.
fn drip_chain(secret: [u8; 32], keys: u32) -> Vec<[u8; 32]> {
    let mut chain = vec![secret];
    for _ in 0..keys {
        let last = chain[chain.len() - 1];
        chain.push(arena::drip_parent::<HostSha256>(&last));
    }
    chain.reverse();
    chain
}
