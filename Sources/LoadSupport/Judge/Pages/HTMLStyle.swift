/// How the page looks: on screens of any width, light and dark, and on paper.
enum HTMLStyle {
  /// The style sheet; free of `<` and `&`, so that it is the same to an XML parser.
  ///
  /// Text has a contrast of 4.5 or more to its ground, lines and boxes of 3 or more (WCAG 2.2,
  /// 1.4.3 and 1.4.11).
  static let sheet: StaticString = """
    :root { color-scheme: light dark;
      --ground: #fff; --card: #fff; --ink: #1b1f24; --soft: #57606a; --rule: #d0d7de;
      --grid: #e4e8ec; --tint: #eceff2; --pass: #116329; --fail: #b3121d; --open: #7a4d00;
      --s0: #0063a6; --s1: #c2410c; --s2: #00775a; --s3: #9a3b8f; --s4: #856404; --s5: #44505c; }
    @media screen and (prefers-color-scheme: dark) { :root {
      --ground: #0f1318; --card: #161b22; --ink: #e6edf3; --soft: #9aa6b2; --rule: #343c46;
      --grid: #262d36; --tint: #212831; --pass: #4cc26b; --fail: #ff7b72; --open: #e3b341;
      --s0: #6cb6ff; --s1: #ff9b5e; --s2: #43cfa0; --s3: #e39ad6; --s4: #e6c552; --s5: #b4bfca; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
    main { max-width: 1160px; margin: 0 auto; padding: 24px 20px 48px; }
    h1 { font-size: 28px; line-height: 1.25; margin: 4px 0 8px; display: flex; flex-wrap: wrap;
      gap: 8px 16px; align-items: center; }
    h2 { font-size: 19px; margin: 36px 0 10px; padding-bottom: 4px;
      border-bottom: 1px solid var(--rule); }
    h3 { font-size: 15px; margin: 12px 0 4px; }
    p { margin: 8px 0; color: var(--soft); max-width: 90ch; overflow-wrap: anywhere; }
    .badge { white-space: nowrap; font-weight: 600; }
    .pass { color: var(--pass); } .fail { color: var(--fail); } .open { color: var(--open); }
    h1 .badge { font-size: 18px; border: 2px solid; border-radius: 6px; padding: 2px 12px;
      white-space: normal; }
    .problems { border-left: 4px solid var(--fail); padding: 8px 12px 8px 28px; margin: 12px 0;
      background: var(--tint); overflow-wrap: anywhere; }
    dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr));
      gap: 10px 24px; margin: 10px 0; }
    dt { font-size: 13px; color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    .key dl { display: flex; flex-wrap: wrap; gap: 10px 32px; margin-top: 18px; }
    .key dl > div { display: flex; flex-direction: column; }
    .key dd { font-size: 19px; font-weight: 600; white-space: nowrap; }
    .scroll { overflow-x: auto; margin: 12px 0; }
    .scroll:focus-visible { outline: 2px solid var(--s0); outline-offset: 2px; }
    table { border-collapse: collapse; min-width: min(100%, 560px); font-size: 14px;
      font-variant-numeric: tabular-nums; }
    .wide table { min-width: 100%; }
    th, td { padding: 5px 12px 5px 0; text-align: left; vertical-align: top;
      border-bottom: 1px solid var(--grid); }
    thead th { font-size: 13px; font-weight: 600; color: var(--soft);
      border-bottom: 1px solid var(--rule); }
    tbody th { white-space: nowrap; font-weight: 500; } thead th { vertical-align: bottom; }
    .n { text-align: right; white-space: nowrap; }
    small { display: block; font-size: 12px; color: var(--soft); white-space: normal; }
    td.t:last-child { min-width: 15em; overflow-wrap: anywhere; }
    .grid td.t:last-child { min-width: 7em; }
    .grid { display: grid; gap: 18px; margin: 12px 0;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); }
    .grid > div { min-width: 0; }
    .grid > figure:has(+ div), .grid > div + figure { align-self: start; }
    .grid > .whole { grid-column: 1 / -1; }
    @media (min-width: 960px) { .grid > figure:has(+ .part) { grid-row: span 3; } }
    figure { margin: 0; padding: 14px 14px 8px; background: var(--card);
      border: 1px solid var(--rule); border-radius: 8px; display: flex; flex-direction: column;
      container-type: inline-size; }
    figcaption { font-size: 13px; color: var(--soft); }
    figcaption strong { display: block; font-size: 15px; color: var(--ink); }
    .keys { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 8px 0 6px;
      padding: 0; font-size: 13px; }
    .keys li { display: flex; align-items: center; gap: 6px; }
    svg { display: block; width: 100%; height: auto; margin-top: auto; }
    .swatch { width: 26px; height: 12px; margin: 0; flex: none; }
    svg.patterns { position: absolute; width: 0; height: 0; }
    text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    /* Text stays as large as it is, however small the picture. */
    @container (min-width: 640px) { text { font-size: 10px; } }
    @container (max-width: 460px) { text { font-size: 14px; } }
    @container (max-width: 390px) { text { font-size: 17px; } }
    @container (max-width: 330px) { text { font-size: 19px; } }
    .unit { fill: var(--ink); } .title { fill: var(--ink); font-weight: 600; }
    .band0 { fill: var(--s0); fill-opacity: .12; } .band1 { fill: var(--s0); fill-opacity: .24; }
    figure img { display: block; width: 100%; margin-top: auto; }
    a, summary { color: var(--s0); } summary { cursor: pointer; } .middle { text-anchor: middle; } .end { text-anchor: end; }
    .inside { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--card);
      stroke-width: 4px; stroke-linejoin: round; }
    .grid path.grid, path.grid { stroke: var(--grid); } .axis { stroke: var(--soft); fill: none; }
    .tint { fill: var(--tint); }
    .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
    .line.w0 { stroke-width: 6; stroke-opacity: .5; } .line.w1 { stroke-width: 3.4; }
    .line.w2 { stroke-width: 1.5; }
    .marker { stroke-width: 1.5; fill: var(--card); }
    .dash, .dash1 { stroke-dasharray: 7 4; } .dash2 { stroke-dasharray: 2 3; }
    .marker.dash { stroke-dasharray: none; }
    .s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); }
    .s3 { stroke: var(--s3); } .s4 { stroke: var(--s4); } .s5 { stroke: var(--s5); }
    .line.limit, .marker.fail { stroke: var(--fail); } .line.answer, .marker.pass { stroke: var(--pass); }
    .marker.open { stroke: var(--open); }
    .h0, .h1, .h2, .h3, .h4, .h5 { fill: var(--s0); shape-rendering: crispEdges; }
    .h0 { fill-opacity: .18; } .h1 { fill-opacity: .34; } .h2 { fill-opacity: .5; }
    .h3 { fill-opacity: .66; } .h4 { fill-opacity: .82; }
    .b0 { fill: var(--s0); stroke: var(--s0); } .b1 { fill: url(#b1); stroke: var(--s1); }
    .b2 { fill: url(#b2); stroke: var(--s3); } .b3 { fill: var(--tint); stroke: var(--s5); }
    @media (max-width: 600px) {
      main { padding: 16px 14px 32px; } h1 { font-size: 24px; }
      .stack thead { position: absolute; clip-path: inset(50%); }
      .stack table, .stack tbody { display: block; min-width: 0; }
      .stack tr { display: flex; flex-wrap: wrap; padding: 8px 0; gap: 2px 16px;
        border-bottom: 1px solid var(--rule); }
      .stack tr > * { border: 0; padding: 0; text-align: left; white-space: normal; }
      .stack th { font-weight: 600; flex: 1 1 50%; order: -2; overflow-wrap: anywhere; }
      .stack td.b { flex: none; order: -1; margin-left: auto; }
      .stack td.t:last-child { flex-basis: 100%; overflow-wrap: anywhere; }
      .stack td:not(.b)::before { content: attr(data-label) " "; color: var(--soft); }
      .stack td.t:last-child::before { content: none; }
      .stack small { display: inline; } .stack td:empty { display: none; }
      figure { padding: 12px 8px 6px; }
    }
    @media print {
      body { font-size: 13px; } main { max-width: none; padding: 0; }
      .grid { grid-template-columns: 1fr 1fr; } .grid > div { grid-column: 1 / -1; } .scroll { overflow: visible; }
      table { font-size: 11px; } td, th { padding-right: 6px; } small { font-size: 10px; }
      ::details-content { content-visibility: visible; }
      figure, tr, .problems { break-inside: avoid; } h2, h3 { break-after: avoid; }
    }
    """

  /// What a picture in a file of its own has besides.
  static let file: StaticString = """
    svg.file { background: var(--card); }
    text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
    @media (max-width: 460px) { text { font-size: 14px; } }
    @media (max-width: 390px) { text { font-size: 17px; } }
    @media (max-width: 330px) { text { font-size: 19px; } }
    """

  /// Fillings that differ without colour.
  static let fillings: StaticString = """
    <defs>\
    <pattern id="b1" width="6" height="6" patternUnits="userSpaceOnUse" \
    patternTransform="rotate(45)"><path d="M0 0V6" class="s1" stroke-width="5"/></pattern>\
    <pattern id="b2" width="5" height="5" patternUnits="userSpaceOnUse">\
    <path d="M2.5 1V4" class="s3" stroke-width="3"/></pattern></defs>
    """
}
