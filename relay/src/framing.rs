//! The WebSocket frame around a message of the server: RFC 6455, section 5.2, whole and unmasked.

use bytes::Bytes;

/// What a frame is; the number of the RFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
}

/// Set in the first byte of a message's last frame; ours have one.
const FIN: u8 = 0x80;

/// | bytes | what |
/// |---|---|
/// | 1 | `FIN` and the opcode |
/// | 1 | length up to 125; or 126, then 2 bytes of length; or 127, then 8; big endian |
/// | length | the payload |
pub(crate) fn framed(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(10 + payload.len());
    bytes.push(FIN | opcode as u8);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..=125), _) => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};

    use super::*;

    /// Byte for byte what the library writes.
    #[track_caller]
    fn check(opcode: Opcode, payload: &[u8], theirs: Frame) {
        let mut expected = vec![];
        theirs.format(&mut expected).unwrap();
        assert!(
            framed(opcode, payload) == expected,
            "{opcode:?}, {} bytes",
            payload.len()
        );
    }

    #[test]
    fn frames_are_those_of_the_library() {
        for length in [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 100_000] {
            let payload = vec![7; length];
            for (ours, theirs) in [(Opcode::Text, Data::Text), (Opcode::Binary, Data::Binary)] {
                let frame = Frame::message(payload.clone(), OpCode::Data(theirs), true);
                check(ours, &payload, frame);
            }
        }
        check(Opcode::Ping, &[], Frame::ping(vec![]));
        let close = CloseFrame {
            code: 4004.into(),
            reason: "slow".into(),
        };
        check(Opcode::Close, b"\x0f\xa4slow", Frame::close(Some(close)));
    }
}
