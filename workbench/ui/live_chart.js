// The live curves: fetches the run's points, draws them with Plotly.react, and keeps zoom and pan while they grow.
// Every native chart of Streamlit loses its zoom when its data changes; that is why this one part is ours.

const views = new WeakMap()

function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly)
  window.workbenchPlotly ??= new Promise((done, failed) => {
    const script = document.createElement("script")
    script.src = address
    script.onload = () => done(window.Plotly)
    script.onerror = failed
    document.head.append(script)
  })
  return window.workbenchPlotly
}

// Exponential smoothing with bias correction: what one reads off a noisy curve.
function smooth(values, weight) {
  let last = 0
  let mass = 0
  return values.map((value) => {
    if (value === null) return null
    last = weight * last + (1 - weight) * value
    mass = weight * mass + (1 - weight)
    return last / mass
  })
}

function theme(element) {
  const style = getComputedStyle(element)
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise
  return {
    text: read("--st-text-color", "#16162c"),
    grid: read("--st-border-color", "#e2e2ee"),
    paper: read("--st-background-color", "#ffffff"),
    font: read("--st-font", "sans-serif"),
    series: read("--st-chart-categorical-colors", "#0072b2,#d55e00,#009e73,#cc79a7").split(","),
  }
}

function trace(name, x, y, options) {
  return { type: "scatter", mode: "lines", name, x, y, connectgaps: true, ...options }
}

// Colour is never the only difference: training is a solid line, validation is dashed with round marks.
function traces(points, words, look, smoothed) {
  const { steps, values } = points
  const loss = values.loss ?? []
  const [blue, orange, green, pink] = look.series
  const few = steps.length < 3
  const hover = "%{y:.4f}<extra>%{fullData.name}</extra>"
  const drawn = []
  if (smoothed && loss.length > 8) {
    drawn.push(trace(words.raw, steps, loss, { line: { color: blue, width: 1 }, opacity: 0.28, hoverinfo: "skip", showlegend: false }))
    drawn.push(trace(words.loss, steps, smooth(loss, 0.9), { line: { color: blue, width: 2.2 }, hovertemplate: hover }))
  } else {
    drawn.push(trace(words.loss, steps, loss, { line: { color: blue, width: 2 }, mode: few ? "lines+markers" : "lines", hovertemplate: hover }))
  }
  const marked = (color, symbol, dash) => ({
    mode: "lines+markers", line: { color, width: 2, dash }, marker: { color, size: 8, symbol }, hovertemplate: hover,
  })
  if (values.validation_loss) {
    drawn.push(trace(words.validation_loss, steps, values.validation_loss, marked(orange, "circle", "dash")))
  }
  const metrics = Object.keys(values).filter((key) => key !== "validation_loss" && key in words && key.startsWith("validation_"))
  metrics.forEach((key, index) => {
    const style = marked([green, pink][index % 2], ["diamond", "square"][index % 2], ["solid", "dot"][index % 2])
    drawn.push({ ...trace(words[key] ?? key, steps, values[key], style), yaxis: "y2" })
  })
  return drawn
}

function layout(words, look, log, run, scored) {
  const axis = { gridcolor: look.grid, zeroline: false, linecolor: look.grid, automargin: true }
  return {
    uirevision: run,
    font: { family: look.font, size: 12.5, color: look.text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 52, r: 34, t: 8, b: 44 },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls the page, it pinches to zoom
    modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)", color: look.grid, activecolor: look.text },
    hovermode: "x unified",
    hoverlabel: { bgcolor: look.paper, bordercolor: look.grid, font: { color: look.text } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    xaxis: { ...axis, anchor: scored ? "y2" : "y", title: { text: words.step } },
    yaxis: { ...axis, domain: scored ? [0.4, 1] : [0, 1], title: { text: words.loss_axis }, type: log ? "log" : "linear", uirevision: `${run}${log}` },
    ...(scored && { yaxis2: { ...axis, domain: [0, 0.3], title: { text: words.score_axis }, tickformat: words.score_form } }),
  }
}

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "sendDataToCloud"],
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".live-chart")
  const plot = root.querySelector(".live-plot")
  const note = root.querySelector(".live-note")
  const [logBox, smoothBox] = root.querySelectorAll("input")
  let view = views.get(root)
  if (!view) {
    view = { points: null, etag: null, timer: null, stopped: false }
    views.set(root, view)
  }
  view.data = data
  root.querySelector(".live-log").textContent = data.words.log
  root.querySelector(".live-smooth").textContent = data.words.smooth

  const draw = async () => {
    if (!view.points || view.stopped) return
    const empty = view.points.steps.length === 0
    note.textContent = empty ? data.words.waiting : ""
    plot.style.visibility = empty ? "hidden" : "visible"
    if (empty) return
    const Plotly = await loadPlotly(data.library)
    const look = theme(root)
    const drawn = traces(view.points, data.words, look, smoothBox.checked)
    const scored = drawn.some((one) => one.yaxis === "y2")
    await Plotly.react(plot, drawn, layout(data.words, look, logBox.checked, data.run, scored), CONFIG)
    plot.dataset.points = view.points.steps.length
    const known = (view.points.values.loss ?? []).filter((value) => value !== null)
    const last = known.at(-1)
    plot.setAttribute("aria-label", last === undefined ? data.words.title : `${data.words.title}: ${last.toFixed(3)}`)
  }

  const schedule = (seconds) => {
    clearTimeout(view.timer)
    if (!view.stopped) view.timer = setTimeout(poll, seconds * 1000)
  }

  const poll = async () => {
    if (document.hidden) return schedule(data.every)
    try {
      const answer = await fetch(data.address, { headers: view.etag ? { "If-None-Match": view.etag } : {} })
      if (answer.status === 200) {
        view.etag = answer.headers.get("etag")
        view.points = await answer.json()
        await draw()
      } else if (answer.status !== 304) {
        note.textContent = await answer.text()
        if (answer.status === 404) return // anything else may pass: a locked store, a server that restarts
      }
      if (view.points?.ended) return
    } catch {
      note.textContent = data.words.lost
    }
    schedule(data.every)
  }

  logBox.onchange = draw
  smoothBox.onchange = draw
  if (view.address !== data.address) {
    view.address = data.address
    view.etag = null
    view.points = null
    view.state = data.state
    poll()
  } else if (view.state !== data.state) {
    view.state = data.state // resumed, perhaps: the points go on
    poll()
  } else {
    draw() // the theme changed, or words did
  }
  return () => {
    view.stopped = true
    clearTimeout(view.timer)
    window.Plotly?.purge(plot)
    views.delete(root)
  }
}
