//! Many matches and several relays at once: nothing is mixed up, and nobody falls behind for good.

use bus::{Accepted, Bus, Export, Import, InputQueue};
use protocol::Tick;

use crate::support::{acquire, connect, detail, eventually, key, signed, told, Follower, Ticker};

const MATCHES: u8 = 20;
const RELAYS: usize = 3;

async fn answer(mut queue: InputQueue, number: u8) {
    while let Some(envelope) = queue.next().await {
        envelope.answer(Ok(Accepted {
            tick: Tick(number.into()),
            receipt: protocol::Signature([number; 64]),
        }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_relays_follow_twenty_matches() {
    let cluster = connect(test_redis::shared(), "scale").await;
    let crank = Bus::default();
    let mut exports = Vec::new();
    for number in 1..=MATCHES {
        let (publisher, queue) = crank.open_match(detail(number)).unwrap();
        let lease = acquire(&cluster, &key(number), "crank").await;
        tokio::spawn(answer(queue, number));
        exports.push((
            Export::start(&cluster, &crank, lease),
            Ticker::start(publisher, 0, number),
        ));
    }
    let mut relays = Vec::new();
    for _ in 0..RELAYS {
        let cluster = connect(test_redis::shared(), "scale").await;
        let bus = Bus::default();
        relays.push((Import::start(&cluster, &bus), bus));
    }
    let mut following = Vec::new();
    for (_, bus) in &relays {
        eventually("all matches", || bus.summaries().len() == usize::from(MATCHES)).await;
        for number in 1..=MATCHES {
            let bus = bus.clone();
            following.push(tokio::spawn(async move {
                let mut follower = Follower::new(&bus, &key(number));
                follower.up_to(150).await;
                assert!(follower.frames.iter().all(|frame| frame.bytes[4] == number));
                let outcome = told(&bus, signed(number, 1)).await;
                assert_eq!(
                    outcome,
                    Ok(Accepted {
                        tick: Tick(number.into()),
                        receipt: protocol::Signature([number; 64]),
                    })
                );
            }));
        }
    }
    for follower in following {
        follower.await.unwrap();
    }
    assert!(exports.iter().all(|(export, _)| !export.is_fenced()));
}
