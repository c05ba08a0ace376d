//! The same work on several things at once.

use std::sync::Mutex;

/// Does the work on every item, on as many threads as there are processors, and returns the results in the order of the items.
pub fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no worker panics while it holds the lock").next();
                    let Some((index, item)) = next else { break };
                    let result = work(item);
                    done.lock()
                        .expect("no worker panics while it holds the lock")
                        .push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panics while it holds the lock");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
