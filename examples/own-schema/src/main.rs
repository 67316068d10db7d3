//! Typed operations for the schema of one's own tenant. Start a tenant with it, then run the example:
//!
//! ```sh
//! eval "$(ti sandbox --background --seed 2 --schema examples/own-schema/schema/academy.graphql)"
//! cargo run -p own-schema
//! ```

use thought_industries::{Client, Error};

thought_industries::include_operations!();

use model::{CatalogItem, TraineeDetails, Unit};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;

    let response = client.run(operations::catalog::Variables::new("rust").limit(5)).await?;
    for item in &response.catalog {
        match item {
            CatalogItem::Workshop(workshop) => {
                let trainer = workshop.trainer.as_ref().and_then(|trainer| trainer.full_name.as_deref());
                println!("workshop {:?} by {trainer:?}, {:?}", workshop.title, workshop.fee);
            }
            CatalogItem::Handbook(handbook) => println!("handbook {:?}", handbook.title),
            CatalogItem::Trainee(trainee) => println!("trainee {:?}", trainee.full_name),
            other => println!("something new: {other:?}"),
        }
    }

    let overview = client.run(operations::overview::Variables::new("1")).await?;
    println!("{} seats taken; {:?}", overview.seats_taken, overview.trainee.as_ref().map(|trainee| &trainee.unit));

    let roster = client.run(operations::roster::Variables::new().unit(Unit::HeadOffice)).await?;
    for row in &roster.trainees {
        println!("{} {} {:?}", row.number, row.full_name, row.mentor.as_ref().map(|mentor| &mentor.number));
    }

    let archived = client.run(operations::archive_workshop::Variables::new("7")).await?;
    let details = TraineeDetails::new().full_name("Ada Lovelace".to_owned()).unit(Unit::Self_);
    let described = client.run(operations::describe_trainee::Variables::new("1", details)).await?;
    println!("archived: {}; {:?}", archived.archive_workshop, described.describe_trainee.number);
    Ok(())
}
