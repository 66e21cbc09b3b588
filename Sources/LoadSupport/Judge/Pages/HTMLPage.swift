extension HTMLText {
  /// A whole page of pieces, which loads nothing from anywhere.
  static func page(_ title: String, _ content: [HTMLText]) -> String {
    let head = HTMLText(
      "head",
      [
        HTMLText("meta", ["charset": "utf-8"]),
        HTMLText(
          "meta",
          ["name": "viewport", "content": "width=device-width, initial-scale=1"]
        ),
        HTMLText(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
          ]
        ),
        HTMLText("link", ["rel": "icon", "href": "data:,"]), HTMLText("title", text: title),
        HTMLText("style", [HTMLText(trusted: HTMLStyle.sheet)]),
      ]
    )
    let page = HTMLText(
      "html",
      ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
      [
        head,
        HTMLText("body", [HTMLText(trusted: HTMLStyle.patterns), HTMLText("main", content)]),
      ]
    )
    return "<!DOCTYPE html>\n\(page.markup)\n"
  }
}
