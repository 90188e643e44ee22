use std::sync::atomic::{AtomicU32, Ordering};

use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde::{Deserialize, Serialize};

static CALLS: AtomicU32 = AtomicU32::new(0);

#[derive(Deserialize)]
struct Event {
    name: Option<String>,
}

#[derive(Serialize)]
struct Greeting {
    greeting: String,
    calls: u32,
    arn: String,
}

/// Greets whoever the event names.
async fn hello(event: LambdaEvent<Event>) -> Result<Greeting, Error> {
    let name = event.payload.name.ok_or("name whom to greet")?;
    println!("greeting {name}");
    Ok(Greeting {
        greeting: format!("Hello, {name}"),
        calls: CALLS.fetch_add(1, Ordering::Relaxed) + 1,
        arn: event.context.invoked_function_arn,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(hello)).await
}
