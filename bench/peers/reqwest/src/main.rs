// The peer "reqwest" of the client benchmark, on tokio's current-thread runtime.
// Usage: reqwest-peer PORT CONNECTIONS SECONDS
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

fn cpu() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let connections: usize = arguments[2].parse().unwrap();
    let total = Duration::from_secs(arguments[3].parse().unwrap());
    let url = format!("http://127.0.0.1:{}/hello", arguments[1]);
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(connections)
        .build()
        .unwrap();
    let requests = Rc::new(Cell::new(0u64));
    let local = tokio::task::LocalSet::new();
    for _ in 0..connections {
        let (client, url, requests) = (client.clone(), url.clone(), requests.clone());
        local.spawn_local(async move {
            loop {
                let response = client.get(&url).send().await.unwrap();
                assert!(response.status() == 200);
                response.bytes().await.unwrap();
                requests.set(requests.get() + 1);
            }
        });
    }
    local
        .run_until(async {
            tokio::time::sleep(total / 5).await;
            let (begin, before, spent) = (Instant::now(), requests.get(), cpu());
            tokio::time::sleep(total * 4 / 5).await;
            println!(
                "{{\"requests\":{},\"cpu_ns\":{},\"wall_ns\":{}}}",
                requests.get() - before,
                cpu() - spent,
                begin.elapsed().as_nanos()
            );
        })
        .await;
}
