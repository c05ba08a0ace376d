//! The page: `index.html`, self-contained, from the document and a page template.
//!
//! The template (`reports/edition.html.j2`) lays out and names things; this module hands it texts and printed numbers. Escaping is
//! on for everything but the figures, which are SVG made here with their text escaped. The page asks for no other file.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::TemplateSource;
use super::error::ReportError;
use super::narrative::{explained, whole_line_tags};
use super::view::DocumentView;

/// The page as bytes.
pub fn page(view: &DocumentView, template: TemplateSource) -> Result<Vec<u8>, ReportError> {
    let fault = |error: minijinja::Error| ReportError::PageTemplate {
        template: template.name.to_owned(),
        reason: explained(&error),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(whole_line_tags());
    environment.add_template(template.name, template.text).map_err(fault)?;
    let page = environment.get_template(template.name).map_err(fault)?;
    let text = page.render(Serde(view)).map_err(fault)?;
    Ok(text.into_bytes())
}

/// Text with the five characters that are markup in HTML and XML replaced.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
