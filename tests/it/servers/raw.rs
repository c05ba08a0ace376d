//! A server that answers each connection with bytes given beforehand, however wrong they are, and keeps what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is done with one connection: the pieces are sent one after the other, then it is closed.
pub struct Answer {
    pieces: Vec<Vec<u8>>,
    pause: Duration,
}

/// The whole text at once.
pub fn says(text: impl Into<Vec<u8>>) -> Answer {
    Answer {
        pieces: vec![text.into()],
        pause: Duration::ZERO,
    }
}

/// The head at once, then the text in single bytes with a pause before each.
pub fn trickles(head: &str, text: &str, pause: Duration) -> Answer {
    let mut pieces = vec![head.as_bytes().to_vec()];
    pieces.extend(text.bytes().map(|byte| vec![byte]));
    Answer { pieces, pause }
}

/// Answers its connections in turn, the last answer for ever.
pub struct RawServer {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    pub fn start(answers: Vec<Answer>) -> RawServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                answer(stream.unwrap(), &answers[number.min(answers.len() - 1)], &record);
            }
        });
        RawServer { port, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far, in lower case.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, answer: &Answer, record: &Mutex<Vec<String>>) {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        asked.push(byte[0]);
    }
    record
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&asked).to_lowercase());
    for piece in &answer.pieces {
        thread::sleep(answer.pause);
        if stream.write_all(piece).is_err() {
            return;
        }
    }
}
