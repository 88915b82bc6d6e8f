"""Handlebars as Amazon SES documents it: parse, check, look up, fill in and print again.

SES renders stored templates with Handlebars (SES developer guide, "Advanced email personalization": variables,
nested attributes, `#each`, `#if` with `else`, inline partials; beyond those it points to Handlebars' built-in
helpers). This package reads that language, refuses everything else with line, column and reason, and prints only
the plainest part of it: variables, `#if`, `#unless`, `#each` and `else`. Partials, comments, `#with`, `else if`
and whitespace control are resolved here, so that nothing depends on which Handlebars library renders the result.

A path in a parsed template is absolute: `{{title}}` inside `{{#each items}}` is `("items", "*1", "title")`,
where `*1` names the loop. A printed name may end in an encoding (`link__url`), see `email_list.mail.encoding`.
"""
