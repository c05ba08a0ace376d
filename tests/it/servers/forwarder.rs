//! A way to another port that breaks off.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Forwards connections to `port`; cuts the first one once `after` bytes have come from the server. Returns its own port.
pub fn cuts_once(port: u16, after: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let limit = if number == 0 { after } else { usize::MAX };
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            forward(client.unwrap(), server, limit);
        }
    });
    own
}

fn forward(client: TcpStream, server: TcpStream, limit: usize) {
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let (mut from_server, mut to_client) = (server, client);
        let mut left = limit;
        let mut buffer = [0; 4096];
        while left > 0 {
            match from_server.read(&mut buffer) {
                Ok(length) if length > 0 => {
                    if to_client.write_all(&buffer[..length.min(left)]).is_err() {
                        break;
                    }
                    left -= length.min(left);
                }
                _ => break,
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
        let _ = from_server.shutdown(Shutdown::Both);
    });
}
