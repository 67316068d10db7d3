//! The forms that an answer can have where the public documents leave it open.

use serde::{Deserialize, Serialize};

macro_rules! forms {
    ($(#[$docs:meta])* $name:ident { $($(#[$form_docs:meta])* $form:ident $text:literal)* }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$form_docs])* #[serde(rename = $text)] $form,)*
        }

        impl $name {
            /// Every form.
            pub const ALL: &[Self] = &[$(Self::$form),*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self { $(Self::$form => $text,)* })
            }
        }
    };
}

forms! {
    /// The paths that GraphQL is served at.
    GraphqlPaths {
        /// The path of the dialect.
        #[default]
        OfDialect "of-dialect"
        /// Only `/incoming/api/graphql`.
        Incoming "incoming"
        /// Only `/helium`.
        Helium "helium"
        /// Both, with the same schema.
        Both "both"
        /// Neither.
        Neither "neither"
    }
}

forms! {
    /// The response of a path that the tenant does not have, whatever key is sent.
    Foreign {
        /// 404 and an empty body.
        #[default]
        Empty404 "404-empty"
        /// 404 and an HTML page.
        Html404 "404-html"
        /// 404 and `{"errors": [{"message": "Not Found"}]}`.
        Errors404 "404-errors"
        /// 404 and `{"error": …, "message": …}`.
        Message404 "404-message"
        /// 405 and an empty body.
        Empty405 "405-empty"
        /// 200 and an HTML login page.
        Login200 "200-login"
        /// 200 and an empty body.
        Empty200 "200-empty"
        /// 200 and `{"errors": [{"message": "Not Found"}]}`.
        Errors200 "200-errors"
        /// 200 and `{}`.
        Object200 "200-object"
        /// 302 to `/login`, which answers 200 and an HTML page.
        Login302 "302-login"
        /// 301 to `/learn/sign_in`, which answers 200 and an HTML page.
        Login301 "301-login"
        /// 400 and `{"errors": ["…"]}`.
        Errors400 "400-errors"
        /// 400 and an HTML page.
        Html400 "400-html"
        /// 401 and an empty body.
        Empty401 "401-empty"
        /// 403 and an HTML page.
        Html403 "403-html"
        /// 403 and JSON.
        Json403 "403-json"
        /// 500 and an HTML page.
        Html500 "500-html"
        /// 500 and JSON.
        Json500 "500-json"
        /// 501 and an empty body.
        Empty501 "501-empty"
    }
}

forms! {
    /// The one place where a surface accepts the key.
    KeyPlace {
        /// Where the dialect documents it; possibly in several places.
        #[default]
        OfDialect "of-dialect"
        /// `Authorization: Bearer`.
        Bearer "bearer"
        /// The header `X-API-Key`.
        XApiKey "x-api-key"
        /// The query parameter `apiKey`.
        Query "query"
    }
}

forms! {
    /// The response to a request with a wrong key, or with the key in the wrong place.
    KeyRefusal {
        /// 401 and an empty body.
        #[default]
        Empty401 "401-empty"
        /// 401 and JSON.
        Json401 "401-json"
        /// 403 and JSON.
        Json403 "403-json"
        /// 403 and an HTML page.
        Html403 "403-html"
    }
}

forms! {
    /// The response for a record that does not exist.
    NotFoundForm {
        /// 404 and `{"errors": [{"message": …}]}`; in v1, 404 and `{"error": …}`.
        #[default]
        Errors404 "404-errors"
        /// 404 and `{"message": …}`.
        Message404 "404-message"
        /// 404 and an empty body.
        Empty404 "404-empty"
        /// 404 and an HTML page.
        Html404 "404-html"
        /// 200 and `{"errors": [{"message": …}]}`.
        Errors200 "200-errors"
        /// 200 and `{"errors": ["…"]}`.
        Texts200 "200-texts"
        /// 200 and `null`.
        Null200 "200-null"
        /// 200 and `{"data": {"<Operation>": null}}`.
        Data200 "200-data"
        /// 400 and `{"errors": ["…"]}`.
        Texts400 "400-texts"
        /// 422 and `{"errors": [{"message": …}]}`.
        Errors422 "422-errors"
    }
}

forms! {
    /// The text for a record that does not exist.
    NotFoundText {
        /// `User not found`.
        #[default]
        NotFound "not-found"
        /// `No user matches the given identifier`.
        NoMatch "no-match"
        /// `Could not find record`.
        NoRecord "no-record"
        /// `Unknown id`.
        UnknownId "unknown-id"
        /// `Kein Benutzer gefunden`.
        German "german"
    }
}

forms! {
    /// The response to a v2 write that is refused.
    ValidationForm {
        /// The status of the documents and `{"errors": [{"message": …}]}` in the documented dialect; 400 and
        /// `{"errors": ["…"]}` in the observed one.
        #[default]
        OfDialect "of-dialect"
        /// 400 and `{"errors": ["…"]}`.
        Texts400 "400-texts"
        /// 400 and `{"errors": [{"message": …}]}`.
        Errors400 "400-errors"
        /// 422 and `{"errors": [{"message": …}]}`.
        Errors422 "422-errors"
        /// 200 and `{"errors": [{"message": …}]}`.
        Errors200 "200-errors"
        /// 400 and `{"message": …}`.
        Message400 "400-message"
    }
}

forms! {
    /// The text for an email address that another user has.
    TakenText {
        /// `Email has already been taken`.
        #[default]
        AlreadyTaken "already-taken"
        /// `A user with this email already exists`.
        AlreadyExists "already-exists"
        /// `This email is already in use`.
        AlreadyInUse "already-in-use"
        /// `Email has been taken`.
        Taken "taken"
        /// `duplicate email`.
        Duplicate "duplicate"
    }
}

forms! {
    /// The cursor of the last page of a flat list.
    LastCursor {
        /// `null`.
        #[default]
        Null "null"
        /// No cursor.
        Absent "absent"
        /// An empty string.
        Empty "empty"
        /// The cursor that leads to the last page itself; `hasMore` is false.
        Repeated "repeated"
    }
}

forms! {
    /// The counts of `pageInfo` in a flat list.
    Counts {
        /// `total` and `currentPage`.
        #[default]
        TotalAndPage "total-and-page"
        /// `total`, `perPage` and `currentPage`.
        All "all"
        /// None of them.
        Missing "missing"
    }
}

forms! {
    /// The headers that report a limit.
    LimitHeaders {
        /// `X-RateLimit-*`, and `Retry-After` with 429.
        #[default]
        Right "right"
        /// None.
        Missing "missing"
        /// Only `Retry-After`, with 429.
        RetryAfterOnly "retry-after-only"
        /// Only `X-RateLimit-Reset`.
        ResetOnly "reset-only"
    }
}

forms! {
    /// A value of a REST body in another type than documented.
    OddScalar {
        /// Balances as text, such as `"0.00"`.
        #[default]
        BalanceText "balance-text"
        /// `externalCustomerId` as a number, if it is numeric.
        ExternalIdNumber "external-id-number"
        /// `createdAt` and `updatedAt` as milliseconds since 1970.
        DateMillis "date-millis"
        /// `tags` and `courseTags` as a list of labels.
        LabelTexts "label-texts"
        /// `seatsLimit` as text.
        SeatsLimitText "seats-limit-text"
        /// Flags that no client depends on as `"true"` and `"false"`.
        FlagText "flag-text"
        /// `currentPage` and `total` as text.
        CountText "count-text"
    }
}

forms! {
    /// The status of a redirect.
    RedirectStatus {
        /// 301.
        #[default]
        Moved "301"
        /// 302.
        Found "302"
        /// 307.
        Temporary "307"
        /// 308.
        Permanent "308"
    }
}

forms! {
    /// The form of a `Location`.
    LocationForm {
        /// A path.
        #[default]
        Relative "relative"
        /// A URL of the same host.
        Absolute "absolute"
    }
}

forms! {
    /// An odd response to a read.
    OddForm {
        /// 200 and the HTML page of a web application firewall.
        #[default]
        Firewall "firewall"
        /// 200 and truncated JSON.
        Truncated "truncated"
        /// 200 and an empty body.
        Empty "empty"
        /// 425.
        TooEarly "425"
        /// 520.
        Unknown520 "520"
        /// 522.
        TimedOut522 "522"
        /// 525.
        Handshake525 "525"
    }
}
