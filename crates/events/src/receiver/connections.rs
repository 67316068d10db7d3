//! Connections: only so many at once, and none that keeps the receiver waiting.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use thought_industries::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A listener that accepts a connection only when there are not too many.
pub(super) struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
    slowest: Duration,
    clock: Arc<dyn Clock>,
}

impl BoundedListener {
    /// `slowest` is how long a request may take to arrive as a whole, from the start of a connection or the last response.
    pub(super) fn new(listener: TcpListener, most: usize, slowest: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(most)), slowest, clock }
    }
}

impl Listener for BoundedListener {
    type Io = BoundedConnection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BoundedConnection, SocketAddr) {
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let (slowest, clock) = (self.slowest, Arc::clone(&self.clock));
        (BoundedConnection { stream, slowest, clock, deadline: None, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection with a deadline for each request.
pub(super) struct BoundedConnection {
    stream: TcpStream,
    slowest: Duration,
    clock: Arc<dyn Clock>,
    deadline: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for BoundedConnection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            return Poll::Ready(read);
        }
        let (slowest, clock) = (self.slowest, Arc::clone(&self.clock));
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(async move { clock.sleep(slowest).await }));
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for BoundedConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // A response ends a request, and the next one has its own time.
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
