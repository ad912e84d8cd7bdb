//! A TCP connection that ends at a deadline, wherever its peer has got to.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::ProbeError;

/// A connection, all of whose reads and writes together end at the deadline.
pub(super) struct Stream {
    stream: TcpStream,
    deadline: Instant,
}

impl Stream {
    /// Resolves a name and connects to the first of its addresses that answers.
    pub(super) fn connect(address: &str, deadline: Instant) -> Result<Self, ProbeError> {
        let mut last = ProbeError::Unresolved { reason: "it has no address".to_owned() };
        for address in resolve(address, deadline)? {
            let left = left(deadline).map_err(|_| ProbeError::TimedOut)?;
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return Ok(Self { stream, deadline }),
                Err(error) => last = ProbeError::of_connect(&error),
            }
        }
        Err(last)
    }

    /// Lets the connection end earlier.
    pub(super) fn shorten(&mut self, within: Duration) {
        self.deadline = self.deadline.min(Instant::now() + within);
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The system's resolver knows no deadline, so it is left to itself when the time is over.
fn resolve(address: &str, deadline: Instant) -> Result<Vec<SocketAddr>, ProbeError> {
    let (sender, receiver) = mpsc::channel();
    let owned = address.to_owned();
    thread::spawn(move || {
        let resolved = owned.to_socket_addrs().map(Iterator::collect);
        // Nobody listens any more when it took too long.
        let _ = sender.send(resolved);
    });
    let left = left(deadline).map_err(|_| ProbeError::TimedOut)?;
    match receiver.recv_timeout(left) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(ProbeError::Unresolved { reason: error.to_string() }),
        Err(_) => Err(ProbeError::TimedOut),
    }
}

/// The time until the deadline, never zero.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
