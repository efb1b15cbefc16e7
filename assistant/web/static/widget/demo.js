// The controls of the demonstration, and a line for each event that the widgets send.
const settings = document.getElementById('settings');
const events = document.getElementById('events');
const widgets = [...document.querySelectorAll('notice-search')];

function apply() {
  const { lang, theme, hostile, scope } = settings.elements;
  document.documentElement.lang = lang.value;
  document.getElementById('hostile').disabled = !hostile.checked;
  for (const widget of widgets) {
    widget.setAttribute('theme', theme.value);
    widget.toggleAttribute('scope', scope.checked);
    if (scope.checked) widget.setAttribute('scope', 'public');
  }
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const control = settings.elements[name];
  if (control && control.type === 'checkbox') control.checked = true;
  else if (control) control.value = value;
}
settings.addEventListener('change', apply);
settings.addEventListener('submit', (event) => event.preventDefault());
for (const name of ['ns-search', 'ns-select', 'ns-feedback', 'ns-error']) {
  document.addEventListener(name, (event) => {
    events.textContent = `${event.target.id}: ${name} ${JSON.stringify(event.detail)}`;
  });
}
apply();
