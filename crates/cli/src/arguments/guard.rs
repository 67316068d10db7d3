//! The guards that `ti plan` raises.

use thought_industries_provision::{GuardKind, InvalidGuard, Limit};

/// Parses a guard and its limit.
pub(crate) fn allowed(text: &str) -> Result<(GuardKind, Limit), String> {
    let wrong =
        || format!("`{text}` is no limit of a guard: write KIND=N or KIND=P%, such as email=200 or lastName=50%");
    let (kind, limit) = text.rsplit_once('=').ok_or_else(wrong)?;
    let limit = match limit.strip_suffix('%') {
        Some(percent) => {
            let percent = percent.parse().ok().filter(|percent| (0.0..=1_000.0).contains(percent));
            Limit::percent(percent.ok_or_else(wrong)?)
        }
        None => Limit::users(limit.parse().map_err(|_| wrong())?),
    };
    Ok((kind.parse().map_err(|error: InvalidGuard| error.to_string())?, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_raised_to_a_number_or_a_percentage() {
        let email = GuardKind::Field("email".to_owned());
        assert_eq!(allowed("email=200"), Ok((email.clone(), Limit::users(200))));
        assert_eq!(allowed("email=12.5%"), Ok((email, Limit::percent(12.5))));
        assert_eq!(allowed("create=0"), Ok((GuardKind::Create, Limit::users(0))));
        for wrong in ["", "email", "email=", "email=-1", "email=NaN%", "email=-5%", "=5", "shoeSize=5"] {
            assert!(allowed(wrong).is_err(), "{wrong}");
        }
    }
}
