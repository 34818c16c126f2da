//! Announcements between relays.

use bytes::Bytes;

use crate::handle::Cluster;
use crate::messages::Messages;
use crate::table::Message;

/// A follower's end of a topic. Dropping it ends the subscription.
pub struct TopicReceiver {
    messages: Messages,
}

impl TopicReceiver {
    /// The next message, waiting for it; first a [`Message::Gap`] as soon as the topic is followed. Nothing
    /// is lost when the future is dropped.
    pub async fn next(&mut self) -> Message {
        self.messages.next().await
    }
}

impl std::fmt::Debug for TopicReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TopicReceiver")
    }
}

impl Cluster {
    /// Tells all who follow a topic, this process included. Never waits: when Redis is away the message is
    /// dropped and counted. A message may come twice.
    pub fn publish_topic(&self, topic: &str, message: Bytes) {
        self.link.publish(&self.keys.topic(topic), message);
    }

    /// Follows a topic, through lost connections too; [`Message::Gap`] says when messages may have been
    /// missed.
    pub fn follow_topic(&self, topic: &str) -> TopicReceiver {
        TopicReceiver {
            messages: self.link.subscribe(&self.keys.topic(topic)),
        }
    }
}
