//! A pooler as PgBouncer is in transaction mode: sessions of the server are lent for one transaction at a
//! time, the last that came back first.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Sessions of the server that nobody uses at the moment.
type Idle = Arc<Mutex<Vec<TcpStream>>>;

/// Starts it in front of a server. It ends with the runtime of the test.
pub(crate) async fn pooler(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let idle = Idle::default();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, server, idle.clone()));
        }
    });
    address
}

/// One message of the server or, after the sign-in, of the client: type, length, and what it covers.
async fn message(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut whole = head.to_vec();
    whole.resize(length + 1, 0);
    from.read_exact(&mut whole[5..]).await.ok()?;
    Some(whole)
}

async fn serve(mut client: TcpStream, server: SocketAddr, idle: Idle) -> Option<()> {
    let mut session = TcpStream::connect(server).await.ok()?;
    // The first message has no type; a question about TLS is answered with no.
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length).await.ok()?;
        let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut rest).await.ok()?;
        if rest == 80_877_103_u32.to_be_bytes() {
            client.write_all(b"N").await.ok()?;
            continue;
        }
        session.write_all(&[&length[..], &rest].concat()).await.ok()?;
        break;
    }
    // The sign-in, up to the first "ready".
    loop {
        let answer = message(&mut session).await?;
        client.write_all(&answer).await.ok()?;
        match answer[0] {
            b'Z' => break,
            // A request for a password, and the steps of SCRAM that want an answer.
            b'R' if matches!(answer[8], 3 | 5 | 10 | 11) => {
                let password = message(&mut client).await?;
                session.write_all(&password).await.ok()?;
            }
            _ => {}
        }
    }
    idle.lock().unwrap().push(session);
    transactions(client, &idle).await
}

/// Gives the client a session whenever it says something, until its transaction ends.
async fn transactions(mut client: TcpStream, idle: &Idle) -> Option<()> {
    loop {
        let mut said = message(&mut client).await?;
        if said[0] == b'X' {
            return None;
        }
        let mut session = loop {
            let free = idle.lock().unwrap().pop();
            match free {
                Some(session) => break session,
                None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            }
        };
        loop {
            session.write_all(&said).await.ok()?;
            // Only a simple question and a sync are answered with "ready".
            if matches!(said[0], b'Q' | b'S') {
                let state = loop {
                    let answer = message(&mut session).await?;
                    client.write_all(&answer).await.ok()?;
                    if answer[0] == b'Z' {
                        break answer[5];
                    }
                };
                if state == b'I' {
                    break;
                }
            }
            said = message(&mut client).await?;
        }
        idle.lock().unwrap().push(session);
    }
}
